// SPDX-License-Identifier: GPL-2.0-or-later
// The time line of calls.

const FAMILY_COLOURS = {
    basic: 'node0',
    alloc: 'reserved',
    attributes: 'node2',
    limits: 'node6',
    buddy: 'node3',
    params: 'node1',
    query: 'none',
    region: 'none',
    iterate: 'none',
    report: 'none',
    world: 'node7'
};
const FAMILY_HEIGHTS = {
    query: .3,
    region: .3,
    iterate: .3,
    report: .3,
    world: .5,
    params: .6,
    limits: .7
};
const familyColour = family => `var(--${FAMILY_COLOURS[family] || 'none'})`;

function drawTimeline(of) {
    const canvas = el('timeline'), ratio = window.devicePixelRatio || 1;
    const width = canvas.clientWidth, height = canvas.clientHeight, style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue('--' + name).trim();
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    const x = step => 6 + (width - 12) * step / of.count, bar = Math.max(1, (width - 12) / of.count - 1);
    const matching = view.filter ? new Set(matches(of)) : null;
    for (let step = 1; step <= of.count; step++) {
        const family = of.op(step)[1], tall = (height - 16) * (FAMILY_HEIGHTS[family] || 1);
        pen.globalAlpha = matching && !matching.has(step) ? .15 : 1;
        pen.fillStyle = colour(FAMILY_COLOURS[family] || 'none');
        pen.fillRect(x(step - 1) + .5, height - 4 - tall, bar, tall);
    }
    pen.globalAlpha = 1;
    pen.fillStyle = colour('loss');
    for (const step of of .differing)
        pen.fillRect(x(step - 1), height - 4, Math.max(bar, 3), 4);
    pen.fillStyle = colour('ink');
    for (const step of of .doubled) {
        const at = x(step - .5);
        pen.beginPath();
        pen.moveTo(at - 5, 1);
        pen.lineTo(at + 5, 1);
        pen.lineTo(at, 10);
        pen.fill();
    }
    pen.fillStyle = colour('accent');
    const now = view.step ? x(view.step - .5) : x(0);
    pen.fillRect(now - 1, 0, 2, height);
    pen.beginPath();
    pen.arc(now, height - 4, 4, 0, 7);
    pen.fill();
    for (const [name, value] of [['aria-valuemin', 0], ['aria-valuemax', of.count], ['aria-valuenow', view.step],
                                 ['aria-valuetext', spoken(of)]])
        canvas.setAttribute(name, value);
}
