// SPDX-License-Identifier: GPL-2.0-or-later
// The call that is shown, what it did, and where it looked.

function callHead(of) {
    if (!view.step)
        return [
            make('div', {class: 'head'}, make('b', {}, 'The first moment of boot')),
            make('p', {class: 'facts'},
                 'Both arrays are static and empty; resizing is not allowed. Step with → or play.')
        ];
    const [name, family, params, results] = of.op(view.step), step = of.data.steps[view.step - 1];
    const head = make('div', {class: 'head'}, make('b', {}, name), '(');
    params.forEach(([param, kind], i) => head.append(i ? ', ' : '', make('span', {class: 'arg'}, param + '='),
                                                     valueText(step.a[i], kind)));
    head.append(')');
    const parts = [head];
    of.engines.forEach((engine, i) => parts.push(resultLine(of, engine, of.told(view.step, i), results)));
    parts.push(make('p', {class: 'facts'},
                    `call ${view.step} of ${of.count} · ${family}${
                        step.by ? (/\+0x/.test(step.by) ? ' · called from ' : ' · ') + step.by : ''}`));
    if (step.remark) parts.push(make('p', {class: 'remark'}, step.remark));
    return parts;
}

function resultLine(of, engine, told, results) {
    const line = make('div', {}, of.engines.length > 1 ? `${engine.name}: ` : '');
    if (told.after)
        line.append(make('span', {class: 'bad'}, 'an earlier call ended the trace here'));
    else if (told.refused)
        line.append(make('span', {class: 'bad'}, 'not made: '), told.refused);
    else if (told.exit)
        line.append(make('span', {class: 'bad'}, `ended in ${told.exit}`));
    else if (told.calls)
        line.append(`${counted(told.calls.length + (told.callsLeftOut || 0), 'call')} of its own`, ownCalls(told));
    else if (of.own && !told.d && !told.r)
        line.append(make('span', {class: 'why'}, 'nothing to do'));
    else
        line.append('→ ', make('span', {class: 'result'}, resultText(told, results) || 'done'));
    if (told.wanted)
        line.append(make('span', {class: 'bad'}, ` (the trace expects ${valueText(told.wanted, results[0][1])})`));
    if (told.doubled)
        line.append(' ',
                    make('span', {class: 'good'},
                         told.doubled.map(([type, from]) => `array of ${type} doubled to ${from * 2}`).join('; ')));
    const parts = make('div', {}, line);
    if (told.refused && of.differs(view.step))
        parts.append(make('div', {class: 'banner'}, `${engine.name} does not make this call, and another does`));
    if (told.unmet) parts.append(make('div', {class: 'banner'}, `${engine.name}: ${told.unmet}`));
    if (told.differs)
        parts.append(make('div', {class: 'banner'}, `${of.engines[0].name} / ${engine.name} differ: ${told.differs}`));
    if (told.still)
        parts.append(make('div', {class: 'facts'}, `still differs from ${of.engines[0].name}: ${told.still}`));
    if (told.ends) parts.append(make('div', {class: 'banner'}, told.ends));
    return parts;
}

function ownCalls(told) {
    const list = make('ul', {class: 'own'});
    for (const call of told.calls)
        list.append(make('li', {}, make('code', {}, call)));
    if (told.callsLeftOut) list.append(make('li', {class: 'why'}, `and ${told.callsLeftOut} more`));
    return list;
}

function resultText(told, results) {
    return (told.r || [])
        .map((value, i) => {
            const text = valueText(value, results[i][1]);
            const isPlace = results[i][1] === KIND.addr || results[i][1] === KIND.virt;
            const said = isPlace && text === '0x0' && results[i][0] === 'ret' ? 'nothing found (0)'
                : isPlace                                                     ? placeText(value)
                                                                              : text;
            return results[i][0] === 'ret' ? said : `${results[i][0]} ${said}`;
        })
        .join(', ');
}

const LIST_MAX = 12;

function changeList(of, engine, before, after) {
    const list = make('ul', {}), types = typesOf(engine);
    types.forEach((type, i) => {
        const found = differences(before.arrays[i], after.arrays[i]);
        for (const change of found.slice(0, LIST_MAX))
            list.append(changeItem(of, engine, type, change));
        if (found.length > LIST_MAX)
            list.append(make('li', {}, `and ${found.length - LIST_MAX} more ranges of ${type}`));
    });
    const count = (state, i) => state.arrays[i].filter(region => region.e > region.s).length;
    const merged =
        types.map((type, i) => [type, count(before, i), count(after, i)]).filter(([, old, now]) => old !== now);
    for (const [type, old, now] of merged)
        list.append(make('li', {}, `${type} has ${now} region${now === 1 ? '' : 's'}, had ${old}`));
    if (before.limit !== after.limit) list.append(make('li', {}, `the current limit is ${valueText(after.limit)}`));
    if (before.up !== after.up)
        list.append(make('li', {}, `allocations go ${after.up ? 'bottom-up' : 'top-down'} from now on`));
    return list;
}

function changeItem(of, engine, type, change) {
    const size = of.bounds[change.e] - of.bounds[change.s];
    const sign = {plus: '+', minus: '−', turn: '±'}[change.kind], shown = change.now || change.old;
    let attributes = attributesText(shown, engine);
    if (change.kind === 'turn')
        attributes = [
            change.old.n !== change.now.n ? `${nodeText(change.old.n, engine)} → ${nodeText(change.now.n, engine)}`
                                          : '',
            change.old.f !== change.now.f ? `${flagsText(change.old.f)} → ${flagsText(change.now.f)}` : ''
        ].filter(Boolean).join(', ');
    return make('li', {class: `change ${change.kind}`}, make('b', {}, `${sign} ${type} `),
                make('code', {}, regionText(change, of.bounds)),
                ` ${sizeText(size)}, ${pagesText(size)}${attributes ? ', ' + attributes : ''}`);
}

function didCard(of, i, before, after) {
    const engine = of.engines[i], told = of.told(view.step, i), card = make('div', {class: 'card'});
    card.append(make('h2', {}, `What it did${of.engines.length > 1 ? ' on ' + engine.name : ''}`));
    const list = changeList(of, engine, before, after);
    card.append(list.children.length ? list
                                     : make('p', {class: 'why'},
                                            told.after || told.refused ? 'Nothing: it was not made.'
                                                : told.unmet           ? `Nothing: ${told.unmet}.`
                                                          : told.ends ? 'Its arrays are not shown any more.'
                                                                      : 'It changed no region.'));
    for (const [type, entries, from, to] of told.doubled || [])
        card.append(make('p', {},
                         `The array of ${type} was full: it moved from ${from} to ${to} and has room for ${
                             entries * 2} regions instead of ${entries}.`));
    if (told.effects) {
        const details =
            make('details', told.effects.length <= 4 ? {open: ''} : {},
                 make('summary', {},
                      `${counted(told.effects.length + (told.effectsLeftOut || 0), 'effect')} on the world around it`));
        const effects = make('ol', {});
        for (const effect of told.effects)
            effects.append(make('li', {}, make('code', {}, effect)));
        details.append(effects);
        if (told.effectsLeftOut)
            details.append(make('p', {class: 'why'}, `${told.effectsLeftOut} more are not shown.`));
        card.append(details);
    }
    return card;
}

function searchCard(of, i) {
    const told = of.told(view.step, i);
    if (!told.searches) return null;
    const card = make('div', {class: 'card'},
                      make('h2', {}, `Where it looked${of.engines.length > 1 ? ': ' + of.engines[i].name : ''}`));
    told.searches.forEach((search, at) => {
        const where = [
            `from ${addressText(BigInt(search.from))} to ${
                search.to === '0xffffffffffffffff' ? 'the top' : addressText(BigInt(search.to))}`,
            search.nid === undefined ? 'any node' : `node ${search.nid} only`,
            search.flags ? `${flagsText(search.flags)} only` : '', search.up ? 'bottom-up' : 'top-down'
        ].filter(Boolean).join(', ');
        card.append(make('h3', {},
                         `${told.searches.length > 1 ? `Search ${at + 1}: ` : ''}${
                             sizeText(BigInt(search.size))}, aligned to ${sizeText(BigInt(search.align))}`),
                    make('p', {class: 'why'}, where));
        card.append(passedList(search));
        card.append(search.found ? make('p', {class: 'good'}, `✓ ${placeText(search.found)}`)
                                 : make('p', {class: 'bad'}, 'nothing found'));
    });
    return card;
}

function passedList(search) {
    if (!search.passed.length)
        return make('p', {class: 'why'},
                    search.found ? 'The first free range that it looked at had room.' : 'There is no free range.');
    const list = make('ol', {});
    search.passed.forEach(([from, to, reason], i) => {
        if (search.leftOut && i === search.leftOut[0]) {
            list.append(make('li', {style: 'list-style:none'}, `… ${search.leftOut[1]} more …`));
        }
        const attributes = search.leftOut && i >= search.leftOut[0] ? {value: i + 1 + search.leftOut[1]} : {};
        list.append(make('li', attributes, make('code', {}, `${from} – ${to}`),
                         ` ${sizeText(BigInt(to) - BigInt(from))} `, make('span', {class: 'why'}, reason)));
    });
    return list;
}

function arraysCard(of, states) {
    const card = make('div', {class: 'card'}, make('h2', {}, 'The arrays'));
    states.forEach((state, i) => {
        if (states.length > 1) card.append(make('h3', {}, of.engines[i].name));
        if (of.engines[i].arrayless) {
            card.append(make('p', {class: 'why'}, 'It has no arrays.'));
            return;
        }
        state.room.forEach(([max, storage], type) => {
            const count = state.arrays[type].filter(region => region.e > region.s).length;
            if (!max || (type === 2 && !count)) return;
            const meter = make('div', {});
            meter.style.width = `${Math.min(100, 100 * count / max)}%`;
            card.append(make('div', {},
                             `${TYPES[type]}: ${count} of ${max} regions, ${storage ? 'at ' + storage[0] : 'static'}`),
                        make('div', {class: 'meter', 'aria-hidden': 'true'}, meter));
        });
        card.append(
            make('p', {class: 'why'},
                 `Allocations go ${state.up ? 'bottom-up' : 'top-down'}; the limit is ${valueText(state.limit)}.`));
    });
    return card;
}

function drawCards(of, states, befores) {
    const cards = [];
    if (view.step) states.forEach((state, i) => cards.push(didCard(of, i, befores[i], state), searchCard(of, i)));
    cards.push(arraysCard(of, states));
    el('cards').replaceChildren(...cards.filter(Boolean));
}

/** Every region in words, made only when they are looked at. */
function drawTables(of, states) {
    const place = el('tables').lastElementChild;
    place.replaceChildren();
    if (!el('tables').open) return;
    states.forEach((state, at) => state.arrays.forEach((array, type) => {
        if (!array.length) return;
        const engine = of.engines[at], body = make('tbody', {});
        array.forEach((region, i) => {
            const size = of.bounds[region.e] - of.bounds[region.s];
            body.append(make('tr', {}, make('td', {}, String(i)), make('td', {class: 'mono'}, hex(of.bounds[region.s])),
                             make('td', {class: 'mono'}, hex(of.bounds[region.e])), make('td', {}, sizeText(size)),
                             make('td', {}, pagesText(size)), make('td', {}, nodeText(region.n, engine)),
                             make('td', {}, flagsText(region.f))));
        });
        const head = make(
            'tr', {},
            ...['#', 'start', 'end', 'size', 'pages', 'node', 'flags'].map(text => make('th', {scope: 'col'}, text)));
        place.append(
            make('table', {},
                 make('caption', {}, `${typesOf(engine)[type]}${states.length > 1 ? ' of ' + engine.name : ''}`),
                 make('thead', {}, head), body));
    }));
}
