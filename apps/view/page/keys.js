// SPDX-License-Identifier: GPL-2.0-or-later
// Play, keys, and the rest of the world.

function stop() {
    clearInterval(view.playing);
    view.playing = 0;
}

function play() {
    const of = chapter();
    if (view.playing) {
        stop();
        return render();
    }
    if (view.step >= of.count) view.step = 0;
    view.playing = setInterval(() => {
        const on = matches(of).find(step => step > view.step);
        if (on === undefined) {
            stop();
            return render();
        }
        go(on);
    }, of.count > 400 ? 120 : 700);
    render();
}

const SCALES = ['squeezed', 'log', 'linear'];
function setScale(scale) {
    view.scale = scale;
    tellLocation();
    render();
}

const ACTIONS = {
	first: () => go(0),
	back: event => go(view.step - (event.shiftKey ? 10 : 1)),
	forth: event => go(view.step + (event.shiftKey ? 10 : 1)),
	last: () => go(chapter().count),
	play,
	doubling: () => next(chapter().doubled),
	difference: () => next(chapter().differing),
	in: () => zoomBy(.5),
	out: () => zoomBy(2),
	all: () => zoomPlaces(0, 1),
	call: zoomToCall,
	help: () => el('help').showModal(),
};

const KEYS = [
    ['ArrowRight', '→', 'one call on; with Shift 10', ACTIONS.forth],
    ['ArrowLeft', '←', 'one call back; with Shift 10', ACTIONS.back],
    ['Home', 'Home', 'to the first moment of boot', ACTIONS.first],
    ['End', 'End', 'to the end', ACTIONS.last],
    [' ', 'space', 'play, through what the filter shows', play],
    ['d', 'd', 'next doubling of an array', ACTIONS.doubling],
    ['D', 'D', 'doubling before', () => next(chapter().doubled, true)],
    ['n', 'n', 'next call that engines differ in', ACTIONS.difference],
    ['/', '/', 'filter', () => el('filter').focus()],
    ['g', 'g', 'next call that changes an address', () => el('address').focus()],
    ['s', 's', 'next scale', () => setScale(SCALES[(SCALES.indexOf(view.scale) + 1) % 3])],
    ['+', '+', 'zoom in; dragging over a strip does too', ACTIONS.in],
    ['-', '-', 'zoom out', ACTIONS.out],
    ['0', '0', 'all of memory', ACTIONS.all],
    ['z', 'z', 'zoom to what the call changed', zoomToCall],
    ['?', '?', 'this list', ACTIONS.help],
];

function drawHelp() {
    const table = make(
        'table', {},
        ...KEYS.map(([, shown, text]) => make('tr', {}, make('td', {}, make('kbd', {}, shown)), make('td', {}, text))));
    const close = make('button', {}, 'Close');
    close.addEventListener('click', () => el('help').close());
    el('help').replaceChildren(make('h2', {}, 'Keys'), table, close);
}

function aboutParts(text) {
    const paragraphs = text.split('\n\n').filter(Boolean).map(part => make('p', {}, part));
    if (text.length < 1200) return paragraphs;
    return [make('details', {}, make('summary', {}, `${text.slice(0, 90).replace(/\s\S*$/, '')} …`), ...paragraphs)];
}

function drawHead() {
    const of = chapter();
    const isOfSeveral = DATA.chapters.length > 1 || DATA.opensAtDifference;
    document.title = DATA.opensAtDifference ? DATA.title : of.data.title;
    el('title').textContent = isOfSeveral ? DATA.title : of.data.title;
    el('subtitle').textContent = `${isOfSeveral ? of.data.title + ' · ' : ''}${
        of.engines.map(engine => engine.name).join(' beside ')} · variant ${of.data.variant} · ${
        counted(of.count, 'call')}${of.doubled.length ? ` · ${of.doubled.length} with a doubling` : ''}${
        of.differing.length ? ` · ${of.differing.length} differ` : ''}`;
    el('about').replaceChildren(...aboutParts(of.data.about));
    drawChapters();
}

/** Buttons for a few chapters; of many, or where they stand in groups, a list to choose from. */
function drawChapters() {
    const all = DATA.chapters, place = el('chapters');
    place.hidden = all.length < 2;
    if (all.length <= 12 && !all.some(one => one.group)) {
        place.replaceChildren(...all.map(
            (one, i) =>
                make('button',
                     {'data-chapter': i, class: i === view.chapter ? 'on' : '', 'aria-pressed': i === view.chapter},
                     `${i + 1} ${one.title}`)));
        return;
    }
    const list = make('select', {'aria-label': 'Chapter'});
    let group = list;
    all.forEach((one, i) => {
        if (one.group && one.group !== (group.label || '')) list.append(group = make('optgroup', {label: one.group}));
        group.append(make('option', {value: i}, `${i + 1}. ${one.title}`));
    });
    list.value = view.chapter;
    list.addEventListener('change', () => goChapter(Number(list.value)));
    place.replaceChildren(list);
}

/** What is said of the page as a whole. */
function drawIntroduction() {
    const texts = DATA.texts.map(([heading, text, open]) => make('details', open ? {open: ''} : {},
                                                                 make('summary', {}, heading), make('pre', {}, text)));
    el('introduction').replaceChildren(...aboutParts(DATA.about), ...texts);
    if (DATA.chapters.length) return;
    document.title = el('title').textContent = DATA.title;
    for (const part of document.querySelectorAll('#controls, #timeline, main, #chapters'))
        part.hidden = true;
}

function listen() {
    document.addEventListener('click', event => {
        const button = event.target.closest('[data-do]'), row = event.target.closest('[data-step]'),
              other = event.target.closest('[data-chapter]');
        if (button) ACTIONS[button.dataset.do](event);
        if (row) go(Number(row.dataset.step));
        if (other) goChapter(Number(other.dataset.chapter));
    });
    document.addEventListener('keydown', event => {
        const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== 'radio';
        if (event.key === 'Escape') event.target.blur();
        if (typing || event.ctrlKey || event.altKey || event.metaKey || el('help').open) return;
        if (event.key === ' ' && event.target.tagName === 'BUTTON') return;
        const known = KEYS.find(([key]) => key === event.key);
        if (!known) return;
        event.preventDefault();
        known[3](event);
    });
    el('step').addEventListener('change', () => go(Number(el('step').value)));
    el('address').addEventListener('change', () => goAddress(el('address').value));
    el('filter').addEventListener('input', () => {
        view.filter = el('filter').value;
        el('calls').scrollTop = 0;
        tellLocation();
        render();
    });
    el('calls').addEventListener('scroll', () => drawRows(chapter()));
    el('scales').addEventListener('change', event => setScale(event.target.value));
    el('tables').addEventListener('toggle', render);
    el('timeline').addEventListener('pointerdown', event => {
        const box = el('timeline').getBoundingClientRect();
        go(Math.ceil((event.clientX - box.left - 6) / (box.width - 12) * chapter().count));
    });
    el('strips').addEventListener('pointermove', event => {
        const box = event.target.closest('[data-box]'), svg = event.target.closest('.lane svg');
        const at = svg &&
            addressAt(chapter(), svg.closest('.lane').axis.placeAt(event.clientX - svg.getBoundingClientRect().left));
        el('pointed').textContent = box ? boxes[box.dataset.box] : svg ? `${hex(at)}: free or no memory` : '';
    });
    window.addEventListener('resize', render);
    window.addEventListener('hashchange', () => {
        if (location.hash !== '#selftest') {
            readLocation();
            drawHead();
            render();
        }
    });
    window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
    brush();
}
