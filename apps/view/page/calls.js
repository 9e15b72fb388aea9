// SPDX-License-Identifier: GPL-2.0-or-later
// The list of calls, and its filter.

const ROW_HEIGHT = 38;
const filtered = {
    of: null,
    text: null,
    steps: []
};

/** The calls that the filter lets through. */
function matches(of) {
    if (filtered.of !== of || filtered.text !== view.filter) {
        const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
        filtered.of = of;
        filtered.text = view.filter;
        filtered.steps = [];
        for (let i = 0; i < of.count; i++)
            if (words.every(word => of.texts[i].includes(word))) filtered.steps.push(i + 1);
    }
    return filtered.steps;
}

/** What a call is about, in a few words. */
function brief(of, step) {
    const {a = [], by} = of.data.steps[step - 1], [, , params, results] = of.op(step), told = of.told(step);
    const parts = [];
    const asked = of.asked(step);
    const size = params.findIndex(([name]) => name === 'size');
    if (size >= 0) parts.push(sizeText(BigInt(a[size])));
    if (asked && size >= 0)
        parts.push(
            `${params.some(([name]) => name === 'base' || name === 'ptr') ? 'at' : '→'} ${addressText(asked[0])}`);
    else if (results.length && told.r)
        parts.push(`→ ${valueText(told.r[0], results[0][1])}`);
    else if (a.length)
        parts.push(a.map((value, i) => valueText(value, params[i][1])).filter((_, i) => i !== size).join(', '));
    return [parts.filter(Boolean).join(' '), by].filter(Boolean).join(' · ');
}

function rowOf(of, step, position) {
    const [name, family] = of.op(step), told = of.told(step);
    const differs = of.differs(step);
    const unmet = of.engines.some((_, i) => of.told(step, i).unmet);
    const marks = (told.doubled ? ' ⇈' : '') + (differs ? ' ≠' : '') +
        (told.exit || told.refused || told.wanted || unmet ? ' !' : '');
    return make('div', {
        class: step === view.step ? 'row now' : 'row',
        role: 'option',
        id: `row${step}`,
        'aria-selected': step === view.step,
        'data-step': step,
        style: `top:${position * ROW_HEIGHT}px;--of:${familyColour(family)}`
    },
                make('span', {class: 'no'}, String(step)), make('b', {}, name), make('span', {class: 'mark'}, marks),
                make('span', {class: 'brief'}, brief(of, step)));
}

/** Only the rows that are in view exist. */
function drawRows(of) {
    const steps = matches(of), box = el('calls'), rows = el('rows');
    rows.style.height = `${steps.length * ROW_HEIGHT}px`;
    const from = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - 4);
    const to = Math.min(steps.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + 4);
    const made = [];
    for (let i = from; i < to; i++)
        made.push(rowOf(of, steps[i], i));
    rows.replaceChildren(...made);
    box.setAttribute('aria-activedescendant', `row${view.step}`);
    el('matches').textContent = view.filter ? `${steps.length} of ${of.count} calls` : `${of.count} calls`;
}

function scrollToStep(of) {
    const at = matches(of).indexOf(view.step), box = el('calls');
    if (at < 0) return;
    const top = at * ROW_HEIGHT;
    if (top < box.scrollTop || top + ROW_HEIGHT > box.scrollTop + box.clientHeight)
        box.scrollTop = Math.max(0, top - box.clientHeight / 3);
}
