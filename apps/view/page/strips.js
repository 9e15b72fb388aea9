// SPDX-License-Identifier: GPL-2.0-or-later
// The strips: physical memory, node by node, on one scale.

const gutter = () => chapter().engines.length > 1 ? 168 : 84;
const RIGHT = 12, ROW = 24, GAP = 3, CUT = 14;

/** Where the axis of one lane lies in pixels: parts of the scale beside one another, as far as the zoom shows them. */
class LaneAxis {
    constructor(of, lane, width) {
        this.of = of;
        const places = of.data.scales[view.scale];
        const window = view.zoom ? view.zoom.map(address => of.place(address, view.scale)) : [0, 1];
        this.parts =
            lane.parts
                .map(([from, to]) =>
                         ({from, to, low: Math.max(places[from], window[0]), high: Math.min(places[to], window[1])}))
                .filter(part => part.high > part.low);
        const total = this.parts.reduce((sum, part) => sum + part.high - part.low, 0);
        const room = width - gutter() - RIGHT - CUT * (this.parts.length - 1);
        let x = gutter();
        for (const part of this.parts) {
            part.x = x;
            part.width = (part.high - part.low) / total * room;
            x += part.width + CUT;
        }
        this.end = x - CUT;
        this.places = places;
    }

    /** Pieces of pixels, [x, width], that two places on the scale have between them. */
    pieces(low, high) {
        const pieces = [];
        for (const part of this.parts) {
            const from = Math.max(low, part.low), to = Math.min(high, part.high);
            if (to < from || (to === from && high > low)) continue;
            const scale = part.width / (part.high - part.low);
            pieces.push([part.x + (from - part.low) * scale, (to - from) * scale]);
        }
        return pieces;
    }

    between(from, to) { return this.pieces(this.places[from], this.places[to]); }
    range([from, to]) { return this.pieces(this.of.place(from, view.scale), this.of.place(to, view.scale)); }

    /** The place on the scale of a pixel. */
    placeAt(x) {
        for (const part of this.parts)
            if (x < part.x + part.width + CUT / 2) {
                const share = Math.min(1, Math.max(0, (x - part.x) / part.width));
                return part.low + share * (part.high - part.low);
            }
        return this.parts.length ? this.parts[this.parts.length - 1].high : 0;
    }
}

/** The address at a place: the other way round than Chapter.place. */
function addressAt(of, place) {
    const places = of.data.scales[view.scale];
    let low = 0, high = places.length - 1;
    while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (places[middle] <= place)
            low = middle;
        else
            high = middle;
    }
    const share = places[high] > places[low] ? (place - places[low]) / (places[high] - places[low]) : 0;
    const from = of.near[low], to = of.near[high];
    const near = view.scale === 'log'
        ? (Math.pow((1 + to / 4096) / (1 + from / 4096), share) * (1 + from / 4096) - 1) * 4096
        : from + (to - from) * share;
    const address = BigInt(Math.round(near));
    return address < of.bounds[low] ? of.bounds[low] : address > of.bounds[high] ? of.bounds[high] : address;
}

/** Patterns, one a flag, so that a flag is seen without colours. */
const PATTERNS = [
    'M-2,8 L8,-2 M3,13 L13,3',                         // hot-pluggable: rising lines
    'M2,2 h2 v2 h-2 z M7,7 h2 v2 h-2 z',               // mirrored: dots
    'M-2,2 L8,12 M3,-3 L13,7 M-2,8 L8,-2 M3,13 L13,3', // not mapped: crosses
    'M5,0 V10',                                        // driver-managed: upright lines
    'M0,5 H10',                                        // not initialised: level lines
    'M-2,2 L8,12 M3,-3 L13,7',                         // the kernel's: falling lines
    'M0,0 h5 v5 h-5 z M5,5 h5 v5 h-5 z',               // scratch: squares
    'M5,0 V10 M0,5 H10',                               // huge pages: a grid
];

function patterns() {
    const defs = draw('defs', {});
    DATA.flags.forEach(([name], i) => {
        const pattern = draw('pattern', {id: 'flag' + i, width: 10, height: 10, patternUnits: 'userSpaceOnUse'});
        const filled = i === 1 || i === 6;
        pattern.append(draw('path', {
            d: PATTERNS[i % PATTERNS.length],
            fill: filled ? 'var(--hatch)' : 'none',
            stroke: filled ? 'none' : 'var(--hatch)',
            'stroke-width': 1.4
        }));
        defs.append(pattern);
    });
    return defs;
}

const nodeColour = (nid, engine) =>
    (nid === engine.noNode && engine.noNode > 0) || nid < 0 ? 'var(--none)' : `var(--node${nid % NODE_COLOURS})`;

/** What pointing at a box says. */
let boxes = [];

class Strip {
    constructor(of, lane, width, marked) {
        this.of = of;
        this.lane = lane;
        this.marked = marked;
        this.axis = new LaneAxis(of, lane, width);
        this.svg = draw('svg', {width, role: 'img'});
        this.width = width;
        this.y = 20;
        this.ticks();
    }

    add(name, attributes, text) {
        const made = draw(name, attributes, text);
        this.svg.append(made);
        return made;
    }

    name(text, height = ROW) { this.add('text', {class: 'name', x: 0, y: this.y + height / 2 + 4}, text); }

    /** Labels of bounds, as many as there is room for, what is round before what is not. */
    ticks() {
        const {bounds} = this.of, wanted = [];
        for (const part of this.axis.parts)
            for (let i = part.from; i <= part.to; i++) {
                if (!this.marked.has(i) && i !== part.from && i !== part.to) continue;
                const [piece] = this.axis.pieces(this.axis.places[i], this.axis.places[i]);
                if (piece)
                    wanted.push({x: piece[0], text: addressText(bounds[i]), end: i === part.from || i === part.to});
            }
        const rank = tick => (tick.end ? 0 : 2) + (tick.text.startsWith('0x') ? 1 : 0);
        wanted.sort((a, b) => rank(a) - rank(b) || a.text.length - b.text.length || a.x - b.x);
        const taken = [];
        for (const tick of wanted) {
            const half = tick.text.length * 3.1 + 5,
                  x = Math.min(Math.max(tick.x, gutter() + half - 5), this.width - half);
            if (taken.some(([from, to]) => x - half < to && x + half > from)) continue;
            taken.push([x - half, x + half]);
            this.add('text', {class: 'tick', x, y: 10, 'text-anchor': 'middle'}, tick.text);
            this.add('line', {class: 'tickline', x1: tick.x, x2: tick.x, y1: 13, y2: 19});
        }
    }

    track(height) {
        for (const part of this.axis.parts)
            this.add('rect', {class: 'track', x: part.x, y: this.y, width: part.width, height, rx: 2});
    }

    /** One list of regions as boxes. */
    row(name, regions, engine, colour) {
        this.name(name);
        this.track(ROW);
        let drawn = -1;
        for (const region of regions.filter(one => one.e > one.s))
            for (const [x, room] of this.axis.between(region.s, region.e)) {
                if (room < 0.4 && x < drawn + 0.8) continue; // many on one pixel
                drawn = x;
                this.box(name, region, engine, x, Math.max(room, 1.5), colour(region));
            }
        this.y += ROW + GAP;
    }

    box(name, region, engine, x, width, fill) {
        const at = {x, y: this.y, width, height: ROW, 'data-box': boxes.length};
        this.add('rect', {...at, style: `fill:${fill}`, class: width > 4 ? 'edge' : ''});
        DATA.flags.forEach(([, bit], i) => {
            if (region.f & bit) this.add('rect', {...at, fill: `url(#flag${i})`});
        });
        const size = this.of.bounds[region.e] - this.of.bounds[region.s];
        boxes.push(`${name}: ${regionText(region, this.of.bounds)}, ${sizeText(size)}, ${pagesText(size)}${
            attributesText(region, engine) && ', ' + attributesText(region, engine)}`);
        const letters =
            DATA.flags.filter(([, bit]) => region.f & bit).map(([full]) => full.replace(/^MEMBLOCK_(RSRV_)?/, ''));
        const texts = [`${sizeText(size)} ${letters.join(' ')}`.trim(), sizeText(size), letters.join(' ')];
        const text = texts.find(one => one && one.length * 6.2 + 8 < width);
        if (text)
            this.add('text', {class: 'inside', x: x + width / 2, y: this.y + ROW / 2 + 4, 'text-anchor': 'middle'},
                     text);
    }

    /** What differs between two lists, below them. */
    changes(name, lists) {
        const height = 10;
        let any = false;
        for (const list of lists)
            for (const change of list)
                for (const [x, room] of this.axis.between(change.s, change.e)) {
                    if (!any) this.name(name, height);
                    any = true;
                    const width = Math.max(room, 3), middle = x + width / 2;
                    const kind = {plus: 'gain', minus: 'loss', turn: 'changed', differs: 'differs'}[change.kind];
                    this.add('rect', {class: kind, x, y: this.y + 3, width, height: 4, rx: 2});
                    this.add('path', {class: kind, d: `M${middle - 5},${this.y + 3} h10 l-5,-6 z`});
                }
        this.y += any ? height + GAP : 0;
    }

    /** Where arrays lie that are no longer static. */
    arrays(state) {
        let any = false;
        state.room.forEach(([max, storage], type) => {
            const pieces = storage ? this.axis.range(storage.map(BigInt)) : [];
            for (const [x, room] of pieces) {
                if (!any) this.name('arrays', 14);
                any = true;
                const width = Math.max(room, 3), text = `array of ${TYPES[type]}, ${max} entries`;
                this.add('rect', {class: 'array', x, y: this.y + 3, width, height: 8, rx: 1, 'data-box': boxes.length});
                boxes.push(`${text}: ${storage.join(' – ')}, ${sizeText(BigInt(storage[1]) - BigInt(storage[0]))}`);
                const left = x + width + text.length * 6 > this.width;
                this.add('text', {
                    class: 'tick',
                    x: left ? x - 4 : x + width + 4,
                    y: this.y + 11,
                    'text-anchor': left ? 'end' : 'start'
                },
                         text);
                this.y += 14;
            }
        });
        this.y += any ? GAP : 0;
    }

    /** The candidates of the last search, numbered in its order. */
    candidates(search) {
        if (!search || (!search.passed.length && !search.found)) return;
        const height = 16, found = search.found && [BigInt(search.found), BigInt(search.found) + BigInt(search.size)];
        const lists = search.passed.map(([from, to]) => [BigInt(from), BigInt(to)]);
        const drawn = lists.map(range => this.axis.range(range)), last = found ? this.axis.range(found) : [];
        if (!drawn.flat().length && !last.length) return;
        this.name('searched', height);
        drawn.forEach((pieces, i) => pieces.forEach(
                          ([x, room]) => this.candidate(
                              x, Math.max(room, 2), height, 'try',
                              String(i + 1 + (search.leftOut && i >= search.leftOut[0] ? search.leftOut[1] : 0)))));
        last.forEach(([x, room]) => this.candidate(x, Math.max(room, 4), height, 'found', '✓'));
        this.y += height + GAP;
    }

    candidate(x, width, height, kind, text) {
        this.add('rect', {class: kind, x, y: this.y + 1, width, height: height - 3, rx: 2});
        if (width > text.length * 7 + 4)
            this.add('text', {
                class: kind === 'found' ? 'on-found' : 'tick',
                x: x + width / 2,
                y: this.y + 12,
                'text-anchor': 'middle'
            },
                     text);
    }

    /** A line down through the rows at the current limit. */
    limit(state) {
        const limit = BigInt(state.limit), top = this.of.bounds[this.of.bounds.length - 1];
        if (limit >= top) return;
        for (const [x] of this.axis.range([limit, limit])) {
            this.add('line', {class: 'limit', x1: x, x2: x, y1: 16, y2: this.y});
            const left = x > this.width - 80;
            this.add('text', {
                class: 'tick limit-name',
                x: x + (left ? -4 : 4),
                y: this.y + 9,
                'text-anchor': left ? 'end' : 'start'
            },
                     `limit ${addressText(limit)}`);
            this.y += 12;
            return;
        }
    }

    asked(range, from, to) {
        for (const [x, room] of range ? this.axis.range(range) : [])
            this.add('rect',
                     {class: 'asked', x: x - 1, y: from, width: Math.max(room, 1) + 2, height: to - from - GAP, rx: 3});
    }

    /** Where the axis jumps. Of many pieces the gaps say it. */
    cuts(from) {
        if (this.axis.parts.length > 12) return;
        this.axis.parts.slice(1).forEach(part => {
            const x = part.x - CUT / 2;
            this.add(
                'path',
                {class: 'cut', d: `M${x - 3},${this.y} l3,-${(this.y - from) / 2} l-3,0 l6,-${(this.y - from) / 2}`});
        });
    }

    finish() {
        const height = this.y + 2;
        this.svg.setAttribute('height', height);
        this.svg.setAttribute('viewBox', `0 0 ${this.width} ${height}`);
        return this.svg;
    }
}

/** Bytes of a list inside a lane. */
function inLane(of, lane, regions) {
    let bytes = 0n, count = 0;
    for (const region of regions) {
        let here = false;
        for (const [from, to] of lane.parts) {
            const s = Math.max(from, region.s), e = Math.min(to, region.e);
            if (s < e) {
                bytes += of.bounds[e] - of.bounds[s];
                here = true;
            }
        }
        count += here;
    }
    return {bytes, count};
}

function laneHead(of, lane, states) {
    const name = lane.nid < 0 || of.data.lanes.length === 1 ? 'Memory' : `Node ${lane.nid}`;
    const parts = ['memory', 'reserved'].map((type, i) => {
        const {bytes, count} = inLane(of, lane, states[0].arrays[i]);
        return `${type}: ${count} region${count === 1 ? '' : 's'}, ${sizeText(bytes)}`;
    });
    return {name, text: parts.join(' · ')};
}

function drawLane(of, lane, states, befores, width) {
    const marked =
        new Set(states.flatMap(state => state.arrays.flatMap(array => array.flatMap(region => [region.s, region.e]))));
    const strip = new Strip(of, lane, width, marked), several = of.engines.length > 1;
    if (!strip.axis.parts.length) return null;
    const told = view.step ? of.engines.map((_, i) => of.told(view.step, i)) : [];
    states.forEach((state, i) => {
        const engine = of.engines[i], of_ = several ? `${engine.name} ` : '';
        const top = strip.y;
        strip.row(`${of_}memory`, state.arrays[0], engine, region => nodeColour(region.n, engine));
        strip.row(`${of_}reserved`, state.arrays[1], engine, () => 'var(--reserved)');
        if (state.arrays[2].some(region => region.e > region.s))
            strip.row(`${of_}${typesOf(engine)[2]}`, state.arrays[2], engine, () => 'var(--none)');
        if (view.step) strip.asked(of.asked(view.step), top, strip.y);
        strip.changes('this call', befores[i].arrays.map((array, type) => differences(array, state.arrays[type])));
        strip.arrays(state);
        if (told[i] && told[i].searches) strip.candidates(told[i].searches[told[i].searches.length - 1]);
        if (states.slice(0, i).every(other => other.limit !== state.limit)) strip.limit(state);
    });
    for (let i = 1; i < states.length; i++)
        strip.changes('differs',
                      states[0].arrays.map((array, type) => differences(array, states[i].arrays[type])
                                                                .map(change => ({...change, kind: 'differs'}))));
    strip.cuts(20);
    const head = laneHead(of, lane, states);
    strip.svg.setAttribute('aria-label', `${head.name}: ${head.text}`);
    const block = make('div', {class: 'lane'}, make('h2', {}, head.name, make('small', {}, head.text)));
    block.append(strip.finish());
    block.axis = strip.axis;
    return block;
}

function drawStrips(of, states, befores) {
    const place = el('strips'), width = Math.max(320, place.clientWidth - 30);
    boxes = [];
    const lanes = of.data.lanes.map(lane => drawLane(of, lane, states, befores, width)).filter(Boolean);
    place.replaceChildren(...lanes);
    const defs = draw('svg', {width: 0, height: 0, style: 'position:absolute'});
    defs.append(patterns());
    place.append(defs);
    if (!lanes.length) place.append(make('p', {}, 'No memory in view.'));
}

/** The flags and nodes that are to be seen now. */
function drawLegend(of, states) {
    const items = [], seen = new Set(), nodes = new Set();
    states.forEach((state, at) => state.arrays.forEach((array, type) => array.forEach(region => {
        DATA.flags.forEach(([name, bit], i) => {
            if (region.f & bit) seen.add(i);
        });
        if (type === 0) nodes.add(region.n === of.engines[at].noNode && of.engines[at].noNode ? -2 : region.n);
    })));
    const sample = (fill, extra) => {
        const svg = draw('svg', {width: 26, height: 14});
        svg.append(draw('rect', {width: 26, height: 14, style: `fill:${fill}`}));
        if (extra) svg.append(draw('rect', {width: 26, height: 14, fill: extra}));
        return svg;
    };
    for (const nid of [...nodes].sort((a, b) => a - b))
        items.push([
            nid < 0                    ? 'memory, no node yet'
                : of.engines[0].noNode ? `memory of node ${nid}`
                                       : 'memory',
            sample(nid < 0 ? 'var(--none)' : `var(--node${nid % NODE_COLOURS})`)
        ]);
    items.push(['reserved', sample('var(--reserved)')]);
    for (const i of [...seen].sort())
        items.push([DATA.flags[i][0], sample('var(--track)', `url(#flag${i})`)]);
    el('legend').replaceChildren(...items.map(([text, picture]) => make('li', {}, picture, text)));
}
