// SPDX-License-Identifier: GPL-2.0-or-later
// What is shown now, and how elements are made.

const view = {
    chapter: 0,
    step: 0,
    scale: 'squeezed',
    zoom: null,
    filter: '',
    playing: 0
};
const chapters = DATA.chapters.map(() => null);

function chapter() {
    if (!chapters[view.chapter]) chapters[view.chapter] = new Chapter(DATA.chapters[view.chapter]);
    return chapters[view.chapter];
}

/** An element with attributes, and children or text; nothing that a trace says becomes markup. */
function make(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
        if (value !== null && value !== undefined) made.setAttribute(key, value);
    made.append(...children.filter(child => child !== null && child !== undefined));
    return made;
}

function draw(name, attributes, text) {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes))
        made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
}

const regionText = (region, bounds) => `${hex(bounds[region.s])} – ${hex(bounds[region.e])}`;
const nodeText = (nid, engine) => nid === engine.noNode && engine.noNode > 0 ? 'no node yet'
    : nid === -1                                                             ? 'NUMA_NO_NODE'
                                                                             : `node ${nid}`;
/** What its lists of regions are called: a predecessor of memblock has its maps where memblock has physmem. */
const typesOf = engine => engine.arrayless ? [...TYPES.slice(0, 2), 'map'] : TYPES;
function attributesText(region, engine) {
    return [engine.noNode ? nodeText(region.n, engine) : '', region.f ? flagsText(region.f) : ''].filter(Boolean).join(
        ', ');
}
