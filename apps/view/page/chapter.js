// SPDX-License-Identifier: GPL-2.0-or-later
// A chapter: its axis and its states. A state is that of the nearest key frame and a few changes.

class Chapter {
    constructor(data) {
        this.data = data;
        this.count = data.steps.length;
        this.own = data.own; // whether each engine has calls of its own
        this.bounds = data.bounds.map(BigInt);
        this.near = this.bounds.map(Number);
        this.engines = data.engines.map(engine => this.frames(engine));
        this.doubled = this.stepsWhere((told, engine) => engine === 0 && told.doubled);
        this.differing = this.stepsWhere(told => told).filter(step => this.differs(step));
        this.texts = data.steps.map((step, i) => this.searchText(step, i).toLowerCase());
    }

    /** The engine with key frames of its states. */
    frames(engine) {
        const state = {
            step: 0,
            arrays: [[], [], []],
            room: engine.room.map(max => [max, null]),
            limit: '0xffffffffffffffff',
            up: false
        };
        const frames = [];
        engine.played.forEach((told, step) => {
            if (step % FRAME_EVERY === 0) frames.push(copyOf(state));
            advance(state, told);
        });
        return {...engine, frames, last: copyOf(state)};
    }

    /** What an engine's state is after so many calls. */
    state(engine, step) {
        const {frames, played} = this.engines[engine];
        const at = Math.min(Math.floor(step / FRAME_EVERY), frames.length - 1);
        const state = copyOf(frames[at]);
        for (let i = at * FRAME_EVERY; i < step; i++)
            advance(state, played[i]);
        return state;
    }

    stepsWhere(holds) {
        const steps = [];
        for (let i = 0; i < this.count; i++)
            if (this.engines.some((engine, at) => holds(engine.played[i], at))) steps.push(i + 1);
        return steps;
    }

    op(step) { return DATA.ops[this.data.steps[step - 1].op]; }
    /** Whether outcomes differ, or some engines lack the call. */
    differs(step) {
        const lack = this.engines.filter(engine => engine.played[step - 1].refused).length;
        return this.engines.some(engine => engine.played[step - 1].differs) || (lack > 0 && lack < this.engines.length);
    }
    told(step, engine = 0) { return this.engines[engine].played[step - 1]; }

    /** What the filter looks through. */
    searchText(step, i) {
        const [name, family] = DATA.ops[step.op], told = this.engines.map(engine => engine.played[i]);
        const words = [name, family, ...(step.a || []), step.by || '', step.remark || ''];
        for (const one of told) {
            words.push(...(one.r || []), ...(one.calls || []), one.unmet || '', one.exit || '',
                       one.doubled ? 'doubled' : '', one.differs ? 'differs' : '', one.refused ? 'not made' : '');
            if ((one.effects || []).some(text => text.startsWith('warn'))) words.push('warn');
            if (one.d) words.push('changes');
        }
        return words.join(' ');
    }

    /** The place of any address on a scale, from 0 to 1. */
    place(address, scale) {
        const places = this.data.scales[scale], last = places.length - 1;
        if (address <= this.bounds[0]) return places[0];
        if (address >= this.bounds[last]) return places[last];
        let low = 0, high = last;
        while (high - low > 1) {
            const middle = (low + high) >> 1;
            if (this.bounds[middle] <= address)
                low = middle;
            else
                high = middle;
        }
        const of = scale === 'log' ? value => Math.log2(1 + value / 4096) : value => value;
        const from = of(this.near[low]), to = of(this.near[high]), at = of(Number(address));
        return places[low] + (places[high] - places[low]) * (to > from ? (at - from) / (to - from) : 0);
    }

    /** The bytes from what a call says of itself: [start, end), or null. */
    asked(step) {
        const [, , params, results] = this.op(step), args = this.data.steps[step - 1].a || [];
        const told = this.told(step), arg = name => {
            const at = params.findIndex(([of]) => of === name);
            return at < 0 || !/^0x/.test(args[at]) ? null : BigInt(args[at]);
        };
        const size = arg('size');
        if (arg('base') !== null && size !== null) return [arg('base'), arg('base') + size];
        if (arg('ptr') !== null && size !== null) return [arg('ptr'), arg('ptr') + size];
        if (arg('addr') !== null) return [arg('addr'), arg('addr') + 1n];
        const isPlace = results.length && (results[0][1] === KIND.addr || results[0][1] === KIND.virt);
        const got = isPlace && size !== null && told.r && BigInt(told.r[0]);
        return got ? [got, got + size] : null;
    }
}

const copyOf = state => ({...state, arrays: state.arrays.map(array => array.slice()), room: state.room.slice()});

function regionsOf(flat) {
    const regions = [];
    for (let i = 0; i < flat.length; i += 4) // of no size is the entry that stands for none in older kernels
        regions.push({s: flat[i], e: flat[i + 1], f: flat[i + 2], n: flat[i + 3]});
    return regions;
}

/** Make the state the one after a call. */
function advance(state, told) {
    for (const [type, at, removed, flat] of told.d || [])
        state.arrays[type].splice(at, removed, ...regionsOf(flat));
    for (const [type, max, storage] of told.room || [])
        state.room[type] = [max, storage];
    if (told.limit !== undefined) state.limit = told.limit;
    if (told.up !== undefined) state.up = told.up;
    state.step++;
}

/** Which bytes of two lists differ: [{s, e, kind}], kind plus, minus or turn (the attributes changed). */
function differences(before, after) {
    const cuts = [...new Set([...before, ...after].flatMap(region => [region.s, region.e]))].sort((a, b) => a - b);
    const found = [];
    let b = 0, a = 0;
    for (let i = 0; i + 1 < cuts.length; i++) {
        while (b < before.length && before[b].e <= cuts[i])
            b++;
        while (a < after.length && after[a].e <= cuts[i])
            a++;
        const old = b < before.length && before[b].s <= cuts[i] ? before[b] : null;
        const now = a < after.length && after[a].s <= cuts[i] ? after[a] : null;
        const kind = old && !now                                 ? 'minus'
            : now && !old                                        ? 'plus'
            : old && now && (old.f !== now.f || old.n !== now.n) ? 'turn'
                                                                 : null;
        if (!kind) continue;
        const last = found[found.length - 1];
        const same = last && last.e === cuts[i] && last.kind === kind &&
            (!now || (last.now.f === now.f && last.now.n === now.n)) &&
            (!old || (last.old.f === old.f && last.old.n === old.n));
        if (same)
            last.e = cuts[i + 1];
        else
            found.push({s: cuts[i], e: cuts[i + 1], kind, old, now});
    }
    return found;
}
