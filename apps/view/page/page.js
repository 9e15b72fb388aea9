// SPDX-License-Identifier: GPL-2.0-or-later
// All together: what is drawn, and where in the trace one is.

/** The call and what it did as one sentence, for who listens. */
function spoken(of) {
    if (!view.step) return 'The first moment of boot';
    const [name, , , results] = of.op(view.step), told = of.told(view.step);
    const before = of.state(0, view.step - 1), after = of.state(0, view.step);
    const changes = TYPES.flatMap(
        (type, i) => differences(before.arrays[i], after.arrays[i])
                         .slice(0, 3)
                         .map(change => `${type} ${{plus: 'gains', minus: 'loses', turn: 'changes'}[change.kind]} ${
                                  regionText(change, of.bounds)}`));
    return [
        `Call ${view.step} of ${of.count}: ${name}`, told.exit || told.refused || resultText(told, results), ...changes,
        told.doubled ? 'an array doubled' : ''
    ].filter(Boolean)
        .join('; ');
}

function render() {
    const of = chapter();
    const states = of.engines.map((_, i) => of.state(i, view.step));
    const befores = of.engines.map((_, i) => of.state(i, Math.max(0, view.step - 1)));
    el('step').value = view.step;
    el('of').textContent = `of ${of.count}`;
    el('call').replaceChildren(...callHead(of));
    if (view.step === of.count && of.data.closing) el('call').append(make('p', {class: 'remark'}, of.data.closing));
    drawStrips(of, states, befores);
    drawLegend(of, states);
    drawCards(of, states, befores);
    drawTables(of, states);
    drawTimeline(of);
    scrollToStep(of);
    drawRows(of);
    el('said').textContent = spoken(of);
    for (const input of document.querySelectorAll('#scales input'))
        input.checked = input.value === view.scale;
    el('play').textContent = view.playing ? 'Pause' : 'Play';
    el('next-doubling').disabled = !of.doubled.length;
    el('next-difference').hidden = of.engines.length < 2;
    el('next-difference').disabled = !of.differing.length;
}

/** The address bar says where one is, so that it can be sent. */
function tellLocation() {
    const parts = [];
    if (DATA.chapters.length > 1) parts.push(`chapter=${view.chapter + 1}`);
    parts.push(`step=${view.step}`);
    if (view.scale !== 'squeezed') parts.push(`scale=${view.scale}`);
    if (view.filter) parts.push(`filter=${encodeURIComponent(view.filter)}`);
    if (view.zoom) parts.push(`zoom=${view.zoom.map(hex).join('-')}`);
    history.replaceState(null, '', '#' + parts.join('&'));
}

/** Where a chapter is opened: at what it is about. */
function firstStep() {
    const of = chapter();
    return !DATA.opensAtDifference ? 0 : of.differing.length ? of.differing[0] : of.count;
}

function readLocation() {
    const said = new Map(location.hash.slice(1).split('&').map(part => part.split('=')));
    const number = (name, otherwise) => /^\d+$/.test(said.get(name) || '') ? Number(said.get(name)) : otherwise;
    view.chapter = Math.min(Math.max(number('chapter', 1), 1), DATA.chapters.length) - 1;
    view.step = Math.min(number('step', firstStep()), chapter().count);
    view.scale = ['log', 'linear'].includes(said.get('scale')) ? said.get('scale') : 'squeezed';
    try {
        view.filter = decodeURIComponent(said.get('filter') || '');
    } catch {
        view.filter = '';
    }
    el('filter').value = view.filter;
    const zoom = /^(0x[0-9a-f]+)-(0x[0-9a-f]+)$/i.exec(said.get('zoom') || '');
    view.zoom = zoom && BigInt(zoom[1]) < BigInt(zoom[2]) ? [BigInt(zoom[1]), BigInt(zoom[2])] : null;
}

function go(step) {
    view.step = Math.min(Math.max(0, Math.round(step) || 0), chapter().count);
    tellLocation();
    render();
}

function goChapter(index) {
    view.chapter = index;
    view.zoom = null;
    view.filter = '';
    el('filter').value = '';
    stop();
    drawHead();
    go(firstStep());
}

/** The next of these steps after the current one, from the start again after the last. */
function next(steps, back = false) {
    if (!steps.length) return;
    const found = back ? [...steps].reverse().find(step => step < view.step) : steps.find(step => step > view.step);
    go(found === undefined ? (back ? steps[steps.length - 1] : steps[0]) : found);
}

/** The next call that changes what memblock says of an address. */
function goAddress(text) {
    const address = parseAddress(text), of = chapter();
    el('address').setAttribute('aria-invalid', address === null);
    if (address === null) return;
    const holds = (bounds, [, , , flat]) => {
        for (let i = 0; i < flat.length; i += 4)
            if (bounds[flat[i]] <= address && address < bounds[flat[i + 1]]) return flat.slice(i, i + 4).join();
        return '';
    };
    const at = state => TYPES
                            .map((_, type) => {
                                const region = state.arrays[type].find(one => of.bounds[one.s] <= address &&
                                                                           address < of.bounds[one.e]);
                                return region ? `${region.f},${region.n}` : '-';
                            })
                            .join(';');
    const steps = [], state = of.state(0, 0);
    let before = at(state);
    for (let i = 0; i < of.count; i++) {
        const told = of.engines[0].played[i];
        advance(state, told);
        if (!told.d || (!told.d.some(change => holds(of.bounds, change)) && !told.d.some(change => change[2])))
            continue;
        const after = at(state);
        if (after !== before) steps.push(i + 1);
        before = after;
    }
    el('address').title = `${steps.length} calls change what is at ${hex(address)}`;
    next(steps);
}
