// SPDX-License-Identifier: GPL-2.0-or-later
// The page of mblab view. Its data are those of apps/view/scene.cpp: addresses are numbers of bounds, and a call is told
// by what it changes, so that a state is that of the nearest key frame and a few changes.
'use strict';

const DATA = JSON.parse(document.getElementById('data').textContent);
const KIND = DATA.kinds, TYPES = ['memory', 'reserved', 'physmem'];
const PAGE = 4096n, FRAME_EVERY = 64, NODE_COLOURS = 8;
const el = id => document.getElementById(id);

// ---------------------------------------------------------------- numbers as people read them

const UNITS = [['TiB', 1n << 40n], ['GiB', 1n << 30n], ['MiB', 1n << 20n], ['KiB', 1n << 10n]];
const counted = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;
const hex = value => '0x' + value.toString(16);

/** 44 MiB, 635.5 KiB, 3 bytes: in the largest unit of which there are ten, or that it is a multiple of. */
function sizeText(bytes) {
	for (const [name, unit] of UNITS)
		if (bytes >= unit * 10n || (bytes >= unit && bytes % unit === 0n) || (unit === 1024n && bytes >= unit)) {
			const tenths = bytes * 10n / unit, exact = tenths * unit === bytes * 10n;
			const whole = tenths / 10n, rest = tenths % 10n;
			return `${exact ? '' : '≈ '}${whole}${rest ? '.' + rest : ''} ${name}`;
		}
	return `${bytes} byte${bytes === 1n ? '' : 's'}`;
}

/** 640 KiB and 2 GiB where that is exact and short, else 0x7ffdf000. */
function addressText(address) {
	if (address === 0n) return '0';
	for (const [name, unit] of UNITS)
		if (address % unit === 0n && address / unit < 10000n) return `${address / unit} ${name}`;
	return hex(address);
}

/** 0x40000000 (1 GiB). */
function placeText(text) {
	const short = addressText(BigInt(text));
	return short === text || text === '0x0' ? text : `${text} (${short})`;
}

function pagesText(bytes) {
	const pages = bytes / PAGE, rest = bytes % PAGE;
	if (!pages) return 'no whole page';
	return rest ? `${pages} page${pages === 1n ? '' : 's'} and ${rest} bytes` : pages === 1n ? '1 page' : `${pages} pages`;
}

function flagsText(flags) {
	if (!flags) return 'no flags';
	const names = DATA.flags.filter(([, bit]) => flags & bit).map(([name]) => name);
	const known = DATA.flags.reduce((all, [, bit]) => all | bit, 0);
	if (flags & ~known) names.push('0x' + (flags & ~known).toString(16));
	return names.join('|');
}

/** 0x1000, 4096, 2G, -1; null for no number. */
function parseAddress(text) {
	const found = /^\s*(0x[0-9a-f]+|[0-9]+)\s*([kmgt]?)(i?b)?\s*$/i.exec(text);
	if (!found) return null;
	return BigInt(found[1]) << BigInt(found[2] ? ' kmgt'.indexOf(found[2].toLowerCase()) * 10 : 0);
}

const ERRORS = { '-12': '-ENOMEM', '-22': '-EINVAL', '-2': '-ENOENT', '-16': '-EBUSY' };

/** One argument or result by its kind. */
function valueText(text, kind) {
	if (kind === KIND.error) return ERRORS[text] || text;
	if (kind === KIND.text) return `"${text}"`;
	if (kind === KIND.size || kind === KIND.align) return /^0x/.test(text) && BigInt(text) >= 10n && BigInt(text) < 1n << 50n ? `${text} (${sizeText(BigInt(text))})` : text;
	if (kind === KIND.end && text === '0x0') return 'MEMBLOCK_ALLOC_ACCESSIBLE';
	return text === '0xffffffffffffffff' ? 'PHYS_ADDR_MAX' : text;
}

// ---------------------------------------------------------------- a chapter: its axis and its states

class Chapter {
	constructor(data) {
		this.data = data;
		this.count = data.steps.length;
		this.bounds = data.bounds.map(BigInt);
		this.near = this.bounds.map(Number);
		this.engines = data.engines.map(engine => this.frames(engine));
		this.doubled = this.stepsWhere((told, engine) => engine === 0 && told.doubled);
		this.differing = this.stepsWhere(told => told.differs);
		this.texts = data.steps.map((step, i) => this.searchText(step, i).toLowerCase());
	}

	/** The engine with key frames of its states. */
	frames(engine) {
		const state = { step: 0, arrays: [[], [], []], room: engine.room.map(max => [max, null]), limit: '0xffffffffffffffff', up: false };
		const frames = [];
		engine.played.forEach((told, step) => {
			if (step % FRAME_EVERY === 0) frames.push(copyOf(state));
			advance(state, told);
		});
		return { ...engine, frames, last: copyOf(state) };
	}

	/** What an engine's state is after so many calls. */
	state(engine, step) {
		const { frames, played } = this.engines[engine];
		const at = Math.min(Math.floor(step / FRAME_EVERY), frames.length - 1);
		const state = copyOf(frames[at]);
		for (let i = at * FRAME_EVERY; i < step; i++) advance(state, played[i]);
		return state;
	}

	stepsWhere(holds) {
		const steps = [];
		for (let i = 0; i < this.count; i++)
			if (this.engines.some((engine, at) => holds(engine.played[i], at))) steps.push(i + 1);
		return steps;
	}

	op(step) { return DATA.ops[this.data.steps[step - 1].op]; }
	told(step, engine = 0) { return this.engines[engine].played[step - 1]; }

	/** What the filter looks through. */
	searchText(step, i) {
		const [name, family] = DATA.ops[step.op], told = this.engines.map(engine => engine.played[i]);
		const words = [name, family, ...(step.a || []), step.by || '', step.remark || ''];
		for (const one of told) {
			words.push(...(one.r || []), one.exit || '', one.doubled ? 'doubled' : '', one.differs ? 'differs' : '', one.refused ? 'not made' : '');
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
			if (this.bounds[middle] <= address) low = middle; else high = middle;
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

const copyOf = state => ({ ...state, arrays: state.arrays.map(array => array.slice()), room: state.room.slice() });

function regionsOf(flat) {
	const regions = [];
	for (let i = 0; i < flat.length; i += 4) // of no size is the entry that stands for none in older kernels
		regions.push({ s: flat[i], e: flat[i + 1], f: flat[i + 2], n: flat[i + 3] });
	return regions;
}

/** Make the state the one after a call. */
function advance(state, told) {
	for (const [type, at, removed, flat] of told.d || []) state.arrays[type].splice(at, removed, ...regionsOf(flat));
	for (const [type, max, storage] of told.room || []) state.room[type] = [max, storage];
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
		while (b < before.length && before[b].e <= cuts[i]) b++;
		while (a < after.length && after[a].e <= cuts[i]) a++;
		const old = b < before.length && before[b].s <= cuts[i] ? before[b] : null;
		const now = a < after.length && after[a].s <= cuts[i] ? after[a] : null;
		const kind = old && !now ? 'minus' : now && !old ? 'plus' : old && now && (old.f !== now.f || old.n !== now.n) ? 'turn' : null;
		if (!kind) continue;
		const last = found[found.length - 1];
		const same = last && last.e === cuts[i] && last.kind === kind && (!now || (last.now.f === now.f && last.now.n === now.n)) && (!old || (last.old.f === old.f && last.old.n === old.n));
		if (same) last.e = cuts[i + 1];
		else found.push({ s: cuts[i], e: cuts[i + 1], kind, old, now });
	}
	return found;
}

// ---------------------------------------------------------------- what is shown

const view = { chapter: 0, step: 0, scale: 'squeezed', zoom: null, filter: '', playing: 0 };
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
	for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
	if (text !== undefined) made.textContent = text;
	return made;
}

const regionText = (region, bounds) => `${hex(bounds[region.s])} – ${hex(bounds[region.e])}`;
const nodeText = (nid, engine) => nid === engine.noNode && engine.noNode > 0 ? 'no node yet' : nid === -1 ? 'NUMA_NO_NODE' : `node ${nid}`;
function attributesText(region, engine) {
	return [engine.noNode ? nodeText(region.n, engine) : '', region.f ? flagsText(region.f) : ''].filter(Boolean).join(', ');
}

// ---------------------------------------------------------------- the strips

const gutter = () => chapter().engines.length > 1 ? 168 : 84;
const RIGHT = 12, ROW = 24, GAP = 3, CUT = 14;

/** Where the axis of one lane lies in pixels: parts of the scale beside one another, as far as the zoom shows them. */
class LaneAxis {
	constructor(of, lane, width) {
		this.of = of;
		const places = of.data.scales[view.scale];
		const window = view.zoom ? view.zoom.map(address => of.place(address, view.scale)) : [0, 1];
		this.parts = lane.parts.map(([from, to]) => ({ from, to, low: Math.max(places[from], window[0]), high: Math.min(places[to], window[1]) }))
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
		if (places[middle] <= place) low = middle; else high = middle;
	}
	const share = places[high] > places[low] ? (place - places[low]) / (places[high] - places[low]) : 0;
	const from = of.near[low], to = of.near[high];
	const near = view.scale === 'log' ? (Math.pow((1 + to / 4096) / (1 + from / 4096), share) * (1 + from / 4096) - 1) * 4096 : from + (to - from) * share;
	const address = BigInt(Math.round(near));
	return address < of.bounds[low] ? of.bounds[low] : address > of.bounds[high] ? of.bounds[high] : address;
}

/** Patterns, one a flag, so that a flag is seen without colours. */
const PATTERNS = [
	'M-2,8 L8,-2 M3,13 L13,3', // hot-pluggable: rising lines
	'M2,2 h2 v2 h-2 z M7,7 h2 v2 h-2 z', // mirrored: dots
	'M-2,2 L8,12 M3,-3 L13,7 M-2,8 L8,-2 M3,13 L13,3', // not mapped: crosses
	'M5,0 V10', // driver-managed: upright lines
	'M0,5 H10', // not initialised: level lines
	'M-2,2 L8,12 M3,-3 L13,7', // the kernel's: falling lines
	'M0,0 h5 v5 h-5 z M5,5 h5 v5 h-5 z', // scratch: squares
	'M5,0 V10 M0,5 H10', // huge pages: a grid
];

function patterns() {
	const defs = draw('defs', {});
	DATA.flags.forEach(([name], i) => {
		const pattern = draw('pattern', { id: 'flag' + i, width: 10, height: 10, patternUnits: 'userSpaceOnUse' });
		const filled = i === 1 || i === 6;
		pattern.append(draw('path', { d: PATTERNS[i % PATTERNS.length], fill: filled ? 'var(--hatch)' : 'none', stroke: filled ? 'none' : 'var(--hatch)', 'stroke-width': 1.4 }));
		defs.append(pattern);
	});
	return defs;
}

const nodeColour = (nid, engine) => (nid === engine.noNode && engine.noNode > 0) || nid < 0 ? 'var(--none)' : `var(--node${nid % NODE_COLOURS})`;

/** What pointing at a box says. */
let boxes = [];

class Strip {
	constructor(of, lane, width, marked) {
		this.of = of;
		this.lane = lane;
		this.marked = marked;
		this.axis = new LaneAxis(of, lane, width);
		this.svg = draw('svg', { width, role: 'img' });
		this.width = width;
		this.y = 20;
		this.ticks();
	}

	add(name, attributes, text) {
		const made = draw(name, attributes, text);
		this.svg.append(made);
		return made;
	}

	name(text, height = ROW) { this.add('text', { class: 'name', x: 0, y: this.y + height / 2 + 4 }, text); }

	/** Labels of bounds, as many as there is room for, what is round before what is not. */
	ticks() {
		const { bounds } = this.of, wanted = [];
		for (const part of this.axis.parts)
			for (let i = part.from; i <= part.to; i++) {
				if (!this.marked.has(i) && i !== part.from && i !== part.to) continue;
				const [piece] = this.axis.pieces(this.axis.places[i], this.axis.places[i]);
				if (piece) wanted.push({ x: piece[0], text: addressText(bounds[i]), end: i === part.from || i === part.to });
			}
		const rank = tick => (tick.end ? 0 : 2) + (tick.text.startsWith('0x') ? 1 : 0);
		wanted.sort((a, b) => rank(a) - rank(b) || a.text.length - b.text.length || a.x - b.x);
		const taken = [];
		for (const tick of wanted) {
			const half = tick.text.length * 3.1 + 5, x = Math.min(Math.max(tick.x, gutter() + half - 5), this.width - half);
			if (taken.some(([from, to]) => x - half < to && x + half > from)) continue;
			taken.push([x - half, x + half]);
			this.add('text', { class: 'tick', x, y: 10, 'text-anchor': 'middle' }, tick.text);
			this.add('line', { class: 'tickline', x1: tick.x, x2: tick.x, y1: 13, y2: 19 });
		}
	}

	track(height) {
		for (const part of this.axis.parts) this.add('rect', { class: 'track', x: part.x, y: this.y, width: part.width, height, rx: 2 });
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
		const at = { x, y: this.y, width, height: ROW, 'data-box': boxes.length };
		this.add('rect', { ...at, style: `fill:${fill}`, class: width > 4 ? 'edge' : '' });
		DATA.flags.forEach(([, bit], i) => {
			if (region.f & bit) this.add('rect', { ...at, fill: `url(#flag${i})` });
		});
		const size = this.of.bounds[region.e] - this.of.bounds[region.s];
		boxes.push(`${name}: ${regionText(region, this.of.bounds)}, ${sizeText(size)}, ${pagesText(size)}${attributesText(region, engine) && ', ' + attributesText(region, engine)}`);
		const letters = DATA.flags.filter(([, bit]) => region.f & bit).map(([full]) => full.replace(/^MEMBLOCK_(RSRV_)?/, ''));
		const texts = [`${sizeText(size)} ${letters.join(' ')}`.trim(), sizeText(size), letters.join(' ')];
		const text = texts.find(one => one && one.length * 6.2 + 8 < width);
		if (text) this.add('text', { class: 'inside', x: x + width / 2, y: this.y + ROW / 2 + 4, 'text-anchor': 'middle' }, text);
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
					const kind = { plus: 'gain', minus: 'loss', turn: 'changed', differs: 'differs' }[change.kind];
					this.add('rect', { class: kind, x, y: this.y + 3, width, height: 4, rx: 2 });
					this.add('path', { class: kind, d: `M${middle - 5},${this.y + 3} h10 l-5,-6 z` });
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
				this.add('rect', { class: 'array', x, y: this.y + 3, width, height: 8, rx: 1, 'data-box': boxes.length });
				boxes.push(`${text}: ${storage.join(' – ')}, ${sizeText(BigInt(storage[1]) - BigInt(storage[0]))}`);
				const left = x + width + text.length * 6 > this.width;
				this.add('text', { class: 'tick', x: left ? x - 4 : x + width + 4, y: this.y + 11, 'text-anchor': left ? 'end' : 'start' }, text);
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
		drawn.forEach((pieces, i) => pieces.forEach(([x, room]) => this.candidate(x, Math.max(room, 2), height, 'try', String(i + 1 + (search.leftOut && i >= search.leftOut[0] ? search.leftOut[1] : 0)))));
		last.forEach(([x, room]) => this.candidate(x, Math.max(room, 4), height, 'found', '✓'));
		this.y += height + GAP;
	}

	candidate(x, width, height, kind, text) {
		this.add('rect', { class: kind, x, y: this.y + 1, width, height: height - 3, rx: 2 });
		if (width > text.length * 7 + 4) this.add('text', { class: kind === 'found' ? 'on-found' : 'tick', x: x + width / 2, y: this.y + 12, 'text-anchor': 'middle' }, text);
	}

	/** A line down through the rows at the current limit. */
	limit(state) {
		const limit = BigInt(state.limit), top = this.of.bounds[this.of.bounds.length - 1];
		if (limit >= top) return;
		for (const [x] of this.axis.range([limit, limit])) {
			this.add('line', { class: 'limit', x1: x, x2: x, y1: 16, y2: this.y });
			const left = x > this.width - 80;
			this.add('text', { class: 'tick limit-name', x: x + (left ? -4 : 4), y: this.y + 9, 'text-anchor': left ? 'end' : 'start' }, `limit ${addressText(limit)}`);
			this.y += 12;
			return;
		}
	}

	asked(range, from, to) {
		for (const [x, room] of range ? this.axis.range(range) : [])
			this.add('rect', { class: 'asked', x: x - 1, y: from, width: Math.max(room, 1) + 2, height: to - from - GAP, rx: 3 });
	}

	cuts(from) {
		this.axis.parts.slice(1).forEach(part => {
			const x = part.x - CUT / 2;
			this.add('path', { class: 'cut', d: `M${x - 3},${this.y} l3,-${(this.y - from) / 2} l-3,0 l6,-${(this.y - from) / 2}` });
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
			if (s < e) { bytes += of.bounds[e] - of.bounds[s]; here = true; }
		}
		count += here;
	}
	return { bytes, count };
}

function laneHead(of, lane, states) {
	const name = lane.nid < 0 || of.data.lanes.length === 1 ? 'Memory' : `Node ${lane.nid}`;
	const parts = ['memory', 'reserved'].map((type, i) => {
		const { bytes, count } = inLane(of, lane, states[0].arrays[i]);
		return `${type}: ${count} region${count === 1 ? '' : 's'}, ${sizeText(bytes)}`;
	});
	return { name, text: parts.join(' · ') };
}

function drawLane(of, lane, states, befores, width) {
	const marked = new Set(states.flatMap(state => state.arrays.flatMap(array => array.flatMap(region => [region.s, region.e]))));
	const strip = new Strip(of, lane, width, marked), several = of.engines.length > 1;
	if (!strip.axis.parts.length) return null;
	const told = view.step ? of.engines.map((_, i) => of.told(view.step, i)) : [];
	states.forEach((state, i) => {
		const engine = of.engines[i], of_ = several ? `${engine.name} ` : '';
		const top = strip.y;
		strip.row(`${of_}memory`, state.arrays[0], engine, region => nodeColour(region.n, engine));
		strip.row(`${of_}reserved`, state.arrays[1], engine, () => 'var(--reserved)');
		if (state.arrays[2].some(region => region.e > region.s)) strip.row(`${of_}physmem`, state.arrays[2], engine, () => 'var(--none)');
		if (view.step) strip.asked(of.asked(view.step), top, strip.y);
		strip.changes('this call', befores[i].arrays.map((array, type) => differences(array, state.arrays[type])));
		strip.arrays(state);
		if (told[i] && told[i].searches) strip.candidates(told[i].searches[told[i].searches.length - 1]);
		if (states.slice(0, i).every(other => other.limit !== state.limit)) strip.limit(state);
	});
	for (let i = 1; i < states.length; i++)
		strip.changes('differs', states[0].arrays.map((array, type) => differences(array, states[i].arrays[type]).map(change => ({ ...change, kind: 'differs' }))));
	strip.cuts(20);
	const head = laneHead(of, lane, states);
	strip.svg.setAttribute('aria-label', `${head.name}: ${head.text}`);
	const block = make('div', { class: 'lane' }, make('h2', {}, head.name, make('small', {}, head.text)));
	block.append(strip.finish());
	block.axis = strip.axis;
	return block;
}

function drawStrips(of, states, befores) {
	const place = el('strips'), width = Math.max(320, place.clientWidth - 30);
	boxes = [];
	const lanes = of.data.lanes.map(lane => drawLane(of, lane, states, befores, width)).filter(Boolean);
	place.replaceChildren(...lanes);
	const defs = draw('svg', { width: 0, height: 0, style: 'position:absolute' });
	defs.append(patterns());
	place.append(defs);
	if (!lanes.length) place.append(make('p', {}, 'No memory in view.'));
}

/** The flags and nodes that are to be seen now. */
function drawLegend(of, states) {
	const items = [], seen = new Set(), nodes = new Set();
	states.forEach((state, at) => state.arrays.forEach((array, type) => array.forEach(region => {
		DATA.flags.forEach(([name, bit], i) => { if (region.f & bit) seen.add(i); });
		if (type === 0) nodes.add(region.n === of.engines[at].noNode && of.engines[at].noNode ? -2 : region.n);
	})));
	const sample = (fill, extra) => {
		const svg = draw('svg', { width: 26, height: 14 });
		svg.append(draw('rect', { width: 26, height: 14, style: `fill:${fill}` }));
		if (extra) svg.append(draw('rect', { width: 26, height: 14, fill: extra }));
		return svg;
	};
	for (const nid of [...nodes].sort((a, b) => a - b))
		items.push([nid < 0 ? 'memory, no node yet' : of.engines[0].noNode ? `memory of node ${nid}` : 'memory', sample(nid < 0 ? 'var(--none)' : `var(--node${nid % NODE_COLOURS})`)]);
	items.push(['reserved', sample('var(--reserved)')]);
	for (const i of [...seen].sort()) items.push([DATA.flags[i][0], sample('var(--track)', `url(#flag${i})`)]);
	el('legend').replaceChildren(...items.map(([text, picture]) => make('li', {}, picture, text)));
}

// ---------------------------------------------------------------- the call, and what it did

function callHead(of) {
	if (!view.step) return [make('div', { class: 'head' }, make('b', {}, 'The first moment of boot')), make('p', { class: 'facts' }, 'Both arrays are static and empty; resizing is not allowed. Step with → or play.')];
	const [name, family, params, results] = of.op(view.step), step = of.data.steps[view.step - 1];
	const head = make('div', { class: 'head' }, make('b', {}, name), '(');
	params.forEach(([param, kind], i) => head.append(i ? ', ' : '', make('span', { class: 'arg' }, param + '='), valueText(step.a[i], kind)));
	head.append(')');
	const parts = [head];
	of.engines.forEach((engine, i) => parts.push(resultLine(of, engine, of.told(view.step, i), results)));
	parts.push(make('p', { class: 'facts' }, `call ${view.step} of ${of.count} · ${family}${step.by ? (/\+0x/.test(step.by) ? ' · called from ' : ' · ') + step.by : ''}`));
	if (step.remark) parts.push(make('p', { class: 'remark' }, step.remark));
	return parts;
}

function resultLine(of, engine, told, results) {
	const line = make('div', {}, of.engines.length > 1 ? `${engine.name}: ` : '');
	if (told.after) line.append(make('span', { class: 'bad' }, 'an earlier call ended the trace here'));
	else if (told.refused) line.append(make('span', { class: 'bad' }, 'not made: '), told.refused);
	else if (told.exit) line.append(make('span', { class: 'bad' }, `ended in ${told.exit}`));
	else line.append('→ ', make('span', { class: 'result' }, resultText(told, results) || 'done'));
	if (told.wanted) line.append(make('span', { class: 'bad' }, ` (the trace expects ${valueText(told.wanted, results[0][1])})`));
	if (told.doubled) line.append(' ', make('span', { class: 'good' }, told.doubled.map(([type, from]) => `array of ${type} doubled to ${from * 2}`).join('; ')));
	const parts = make('div', {}, line);
	if (told.differs) parts.append(make('div', { class: 'banner' }, `${of.engines[0].name} / ${engine.name} differ: ${told.differs}`));
	if (told.still) parts.append(make('div', { class: 'facts' }, `still differs from ${of.engines[0].name}: ${told.still}`));
	if (told.ends) parts.append(make('div', { class: 'banner' }, told.ends));
	return parts;
}

function resultText(told, results) {
	return (told.r || []).map((value, i) => {
		const text = valueText(value, results[i][1]);
		const isPlace = results[i][1] === KIND.addr || results[i][1] === KIND.virt;
		const said = isPlace && text === '0x0' && results[i][0] === 'ret' ? 'nothing found (0)' : isPlace ? placeText(value) : text;
		return results[i][0] === 'ret' ? said : `${results[i][0]} ${said}`;
	}).join(', ');
}

const LIST_MAX = 12;

function changeList(of, engine, before, after) {
	const list = make('ul', {});
	TYPES.forEach((type, i) => {
		const found = differences(before.arrays[i], after.arrays[i]);
		for (const change of found.slice(0, LIST_MAX)) list.append(changeItem(of, engine, type, change));
		if (found.length > LIST_MAX) list.append(make('li', {}, `and ${found.length - LIST_MAX} more ranges of ${type}`));
	});
	const count = (state, i) => state.arrays[i].filter(region => region.e > region.s).length;
	const merged = TYPES.map((type, i) => [type, count(before, i), count(after, i)]).filter(([, old, now]) => old !== now);
	for (const [type, old, now] of merged) list.append(make('li', {}, `${type} has ${now} region${now === 1 ? '' : 's'}, had ${old}`));
	if (before.limit !== after.limit) list.append(make('li', {}, `the current limit is ${valueText(after.limit)}`));
	if (before.up !== after.up) list.append(make('li', {}, `allocations go ${after.up ? 'bottom-up' : 'top-down'} from now on`));
	return list;
}

function changeItem(of, engine, type, change) {
	const size = of.bounds[change.e] - of.bounds[change.s];
	const sign = { plus: '+', minus: '−', turn: '±' }[change.kind], shown = change.now || change.old;
	let attributes = attributesText(shown, engine);
	if (change.kind === 'turn') attributes = [change.old.n !== change.now.n ? `${nodeText(change.old.n, engine)} → ${nodeText(change.now.n, engine)}` : '', change.old.f !== change.now.f ? `${flagsText(change.old.f)} → ${flagsText(change.now.f)}` : ''].filter(Boolean).join(', ');
	return make('li', { class: `change ${change.kind}` }, make('b', {}, `${sign} ${type} `), make('code', {}, regionText(change, of.bounds)), ` ${sizeText(size)}, ${pagesText(size)}${attributes ? ', ' + attributes : ''}`);
}

function didCard(of, i, before, after) {
	const engine = of.engines[i], told = of.told(view.step, i), card = make('div', { class: 'card' });
	card.append(make('h2', {}, `What it did${of.engines.length > 1 ? ' on ' + engine.name : ''}`));
	const list = changeList(of, engine, before, after);
	card.append(list.children.length ? list : make('p', { class: 'why' }, told.after || told.refused ? 'Nothing: it was not made.' : told.ends ? 'Its arrays are not shown any more.' : 'It changed no region.'));
	for (const [type, entries, from, to] of told.doubled || []) card.append(make('p', {}, `The array of ${type} was full: it moved from ${from} to ${to} and has room for ${entries * 2} regions instead of ${entries}.`));
	if (told.effects) {
		const details = make('details', told.effects.length <= 4 ? { open: '' } : {}, make('summary', {}, `${counted(told.effects.length + (told.effectsLeftOut || 0), 'effect')} on the world around it`));
		const effects = make('ol', {});
		for (const effect of told.effects) effects.append(make('li', {}, make('code', {}, effect)));
		details.append(effects);
		if (told.effectsLeftOut) details.append(make('p', { class: 'why' }, `${told.effectsLeftOut} more are not shown.`));
		card.append(details);
	}
	return card;
}

function searchCard(of, i) {
	const told = of.told(view.step, i);
	if (!told.searches) return null;
	const card = make('div', { class: 'card' }, make('h2', {}, `Where it looked${of.engines.length > 1 ? ': ' + of.engines[i].name : ''}`));
	told.searches.forEach((search, at) => {
		const where = [`from ${addressText(BigInt(search.from))} to ${search.to === '0xffffffffffffffff' ? 'the top' : addressText(BigInt(search.to))}`,
			search.nid === undefined ? 'any node' : `node ${search.nid} only`, search.flags ? `${flagsText(search.flags)} only` : '', search.up ? 'bottom-up' : 'top-down'].filter(Boolean).join(', ');
		card.append(make('h3', {}, `${told.searches.length > 1 ? `Search ${at + 1}: ` : ''}${sizeText(BigInt(search.size))}, aligned to ${sizeText(BigInt(search.align))}`), make('p', { class: 'why' }, where));
		card.append(passedList(search));
		card.append(search.found ? make('p', { class: 'good' }, `✓ ${placeText(search.found)}`) : make('p', { class: 'bad' }, 'nothing found'));
	});
	return card;
}

function passedList(search) {
	if (!search.passed.length) return make('p', { class: 'why' }, search.found ? 'The first free range that it looked at had room.' : 'There is no free range.');
	const list = make('ol', {});
	search.passed.forEach(([from, to, reason], i) => {
		if (search.leftOut && i === search.leftOut[0]) {
			list.append(make('li', { style: 'list-style:none' }, `… ${search.leftOut[1]} more …`));
		}
		const attributes = search.leftOut && i >= search.leftOut[0] ? { value: i + 1 + search.leftOut[1] } : {};
		list.append(make('li', attributes, make('code', {}, `${from} – ${to}`), ` ${sizeText(BigInt(to) - BigInt(from))} `, make('span', { class: 'why' }, reason)));
	});
	return list;
}

function arraysCard(of, states) {
	const card = make('div', { class: 'card' }, make('h2', {}, 'The arrays'));
	states.forEach((state, i) => {
		if (states.length > 1) card.append(make('h3', {}, of.engines[i].name));
		state.room.forEach(([max, storage], type) => {
			const count = state.arrays[type].filter(region => region.e > region.s).length;
			if (!max || (type === 2 && !count)) return;
			const meter = make('div', {});
			meter.style.width = `${Math.min(100, 100 * count / max)}%`;
			card.append(make('div', {}, `${TYPES[type]}: ${count} of ${max} regions, ${storage ? 'at ' + storage[0] : 'static'}`), make('div', { class: 'meter', 'aria-hidden': 'true' }, meter));
		});
		card.append(make('p', { class: 'why' }, `Allocations go ${state.up ? 'bottom-up' : 'top-down'}; the limit is ${valueText(state.limit)}.`));
	});
	return card;
}

function drawCards(of, states, befores) {
	const cards = [];
	if (view.step)
		states.forEach((state, i) => cards.push(didCard(of, i, befores[i], state), searchCard(of, i)));
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
			body.append(make('tr', {}, make('td', {}, String(i)), make('td', { class: 'mono' }, hex(of.bounds[region.s])), make('td', { class: 'mono' }, hex(of.bounds[region.e])), make('td', {}, sizeText(size)), make('td', {}, pagesText(size)), make('td', {}, nodeText(region.n, engine)), make('td', {}, flagsText(region.f))));
		});
		const head = make('tr', {}, ...['#', 'start', 'end', 'size', 'pages', 'node', 'flags'].map(text => make('th', { scope: 'col' }, text)));
		place.append(make('table', {}, make('caption', {}, `${TYPES[type]}${states.length > 1 ? ' of ' + engine.name : ''}`), make('thead', {}, head), body));
	}));
}

// ---------------------------------------------------------------- the time line

const FAMILY_COLOURS = { basic: 'node0', alloc: 'reserved', attributes: 'node2', limits: 'node6', buddy: 'node3', params: 'node1', query: 'none', region: 'none', iterate: 'none', report: 'none', world: 'node7' };
const FAMILY_HEIGHTS = { query: .3, region: .3, iterate: .3, report: .3, world: .5, params: .6, limits: .7 };
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
	for (const step of of.differing) pen.fillRect(x(step - 1), height - 4, Math.max(bar, 3), 4);
	pen.fillStyle = colour('ink');
	for (const step of of.doubled) {
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
	for (const [name, value] of [['aria-valuemin', 0], ['aria-valuemax', of.count], ['aria-valuenow', view.step], ['aria-valuetext', spoken(of)]]) canvas.setAttribute(name, value);
}

// ---------------------------------------------------------------- the list of calls

const ROW_HEIGHT = 38;
const filtered = { of: null, text: null, steps: [] };

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
	const { a = [], by } = of.data.steps[step - 1], [, , params, results] = of.op(step), told = of.told(step);
	const parts = [];
	const asked = of.asked(step);
	const size = params.findIndex(([name]) => name === 'size');
	if (size >= 0) parts.push(sizeText(BigInt(a[size])));
	if (asked && size >= 0) parts.push(`${params.some(([name]) => name === 'base' || name === 'ptr') ? 'at' : '→'} ${addressText(asked[0])}`);
	else if (results.length && told.r) parts.push(`→ ${valueText(told.r[0], results[0][1])}`);
	else if (a.length) parts.push(a.map((value, i) => valueText(value, params[i][1])).join(', '));
	return [parts.join(' '), by].filter(Boolean).join(' · ');
}

function rowOf(of, step, position) {
	const [name, family] = of.op(step), told = of.told(step);
	const differs = of.engines.some((_, i) => of.told(step, i).differs);
	const marks = (told.doubled ? ' ⇈' : '') + (differs ? ' ≠' : '') + (told.exit || told.refused || told.wanted ? ' !' : '');
	return make('div', { class: step === view.step ? 'row now' : 'row', role: 'option', id: `row${step}`, 'aria-selected': step === view.step, 'data-step': step, style: `top:${position * ROW_HEIGHT}px;--of:${familyColour(family)}` },
		make('span', { class: 'no' }, String(step)), make('b', {}, name), make('span', { class: 'mark' }, marks), make('span', { class: 'brief' }, brief(of, step)));
}

/** Only the rows that are in view exist. */
function drawRows(of) {
	const steps = matches(of), box = el('calls'), rows = el('rows');
	rows.style.height = `${steps.length * ROW_HEIGHT}px`;
	const from = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT) - 4);
	const to = Math.min(steps.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT) + 4);
	const made = [];
	for (let i = from; i < to; i++) made.push(rowOf(of, steps[i], i));
	rows.replaceChildren(...made);
	box.setAttribute('aria-activedescendant', `row${view.step}`);
	el('matches').textContent = view.filter ? `${steps.length} of ${of.count} calls` : `${of.count} calls`;
}

function scrollToStep(of) {
	const at = matches(of).indexOf(view.step), box = el('calls');
	if (at < 0) return;
	const top = at * ROW_HEIGHT;
	if (top < box.scrollTop || top + ROW_HEIGHT > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, top - box.clientHeight / 3);
}

// ---------------------------------------------------------------- all together

/** The call and what it did as one sentence, for who listens. */
function spoken(of) {
	if (!view.step) return 'The first moment of boot';
	const [name, , , results] = of.op(view.step), told = of.told(view.step);
	const before = of.state(0, view.step - 1), after = of.state(0, view.step);
	const changes = TYPES.flatMap((type, i) => differences(before.arrays[i], after.arrays[i]).slice(0, 3).map(change => `${type} ${{ plus: 'gains', minus: 'loses', turn: 'changes' }[change.kind]} ${regionText(change, of.bounds)}`));
	return [`Call ${view.step} of ${of.count}: ${name}`, told.exit || told.refused || resultText(told, results), ...changes, told.doubled ? 'an array doubled' : ''].filter(Boolean).join('; ');
}

function render() {
	const of = chapter();
	const states = of.engines.map((_, i) => of.state(i, view.step));
	const befores = of.engines.map((_, i) => of.state(i, Math.max(0, view.step - 1)));
	el('step').value = view.step;
	el('of').textContent = `of ${of.count}`;
	el('call').replaceChildren(...callHead(of));
	if (view.step === of.count && of.data.closing) el('call').append(make('p', { class: 'remark' }, of.data.closing));
	drawStrips(of, states, befores);
	drawLegend(of, states);
	drawCards(of, states, befores);
	drawTables(of, states);
	drawTimeline(of);
	scrollToStep(of);
	drawRows(of);
	el('said').textContent = spoken(of);
	for (const input of document.querySelectorAll('#scales input')) input.checked = input.value === view.scale;
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

function readLocation() {
	const said = new Map(location.hash.slice(1).split('&').map(part => part.split('=')));
	const number = (name, otherwise) => /^\d+$/.test(said.get(name) || '') ? Number(said.get(name)) : otherwise;
	view.chapter = Math.min(Math.max(number('chapter', 1), 1), DATA.chapters.length) - 1;
	view.step = Math.min(number('step', 0), chapter().count);
	view.scale = ['log', 'linear'].includes(said.get('scale')) ? said.get('scale') : 'squeezed';
	try { view.filter = decodeURIComponent(said.get('filter') || ''); } catch { view.filter = ''; }
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
	go(0);
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
	const at = state => TYPES.map((_, type) => {
		const region = state.arrays[type].find(one => of.bounds[one.s] <= address && address < of.bounds[one.e]);
		return region ? `${region.f},${region.n}` : '-';
	}).join(';');
	const steps = [], state = of.state(0, 0);
	let before = at(state);
	for (let i = 0; i < of.count; i++) {
		const told = of.engines[0].played[i];
		advance(state, told);
		if (!told.d || (!told.d.some(change => holds(of.bounds, change)) && !told.d.some(change => change[2]))) continue;
		const after = at(state);
		if (after !== before) steps.push(i + 1);
		before = after;
	}
	el('address').title = `${steps.length} calls change what is at ${hex(address)}`;
	next(steps);
}

// ---------------------------------------------------------------- zoom

function zoomTo(low, high) {
	const of = chapter(), first = of.bounds[0], last = of.bounds[of.bounds.length - 1];
	low = low < first ? first : low;
	high = high > last ? last : high;
	view.zoom = high > low && (low > first || high < last) ? [low, high] : null;
	tellLocation();
	render();
}

function zoomPlaces(low, high) {
	const of = chapter();
	zoomTo(addressAt(of, Math.max(0, low)), addressAt(of, Math.min(1, high)));
}

/** What the current call changed or asked for, as places. */
function placesOfCall() {
	const of = chapter();
	if (!view.step) return null;
	const changes = of.engines.flatMap((_, i) => TYPES.flatMap((_, type) => differences(of.state(i, view.step - 1).arrays[type], of.state(i, view.step).arrays[type])));
	const places = of.data.scales[view.scale], asked = of.asked(view.step);
	const all = changes.flatMap(change => [places[change.s], places[change.e]]);
	if (!all.length && asked) all.push(of.place(asked[0], view.scale), of.place(asked[1], view.scale));
	return all.length ? [Math.min(...all), Math.max(...all)] : null;
}

function zoomBy(factor) {
	const of = chapter(), now = view.zoom ? view.zoom.map(address => of.place(address, view.scale)) : [0, 1];
	const call = placesOfCall(), middle = call && call[0] < now[1] && call[1] > now[0] ? (Math.max(call[0], now[0]) + Math.min(call[1], now[1])) / 2 : (now[0] + now[1]) / 2;
	const half = (now[1] - now[0]) * factor / 2;
	if (half >= .5) return zoomPlaces(0, 1);
	const low = Math.min(Math.max(0, middle - half), 1 - 2 * half);
	zoomPlaces(low, low + 2 * half);
}

function zoomToCall() {
	const call = placesOfCall();
	if (!call) return;
	const margin = Math.max((call[1] - call[0]) * .6, .004);
	zoomPlaces(call[0] - margin, call[1] + margin);
}

/** Drag over a strip: zoom to what was dragged over. */
function brush() {
	let from = null, axis = null, svg = null, shade = null;
	const x = event => event.clientX - svg.getBoundingClientRect().left;
	el('strips').addEventListener('pointerdown', event => {
		svg = event.target.closest('.lane svg');
		if (!svg || event.button) return;
		axis = svg.closest('.lane').axis;
		from = x(event);
		shade = null;
	});
	window.addEventListener('pointermove', event => {
		if (from === null || Math.abs(x(event) - from) < 5) return;
		if (!shade) svg.append(shade = draw('rect', { class: 'brush', y: 0, height: svg.getAttribute('height') }));
		shade.setAttribute('x', Math.min(from, x(event)));
		shade.setAttribute('width', Math.abs(x(event) - from));
	});
	window.addEventListener('pointerup', event => {
		if (from !== null && shade) zoomPlaces(axis.placeAt(Math.min(from, x(event))), axis.placeAt(Math.max(from, x(event))));
		from = null;
	});
}

// ---------------------------------------------------------------- play, keys, and the rest of the world

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
	['ArrowRight', '→', 'one call on; with Shift 10', ACTIONS.forth], ['ArrowLeft', '←', 'one call back; with Shift 10', ACTIONS.back],
	['Home', 'Home', 'to the first moment of boot', ACTIONS.first], ['End', 'End', 'to the end', ACTIONS.last], [' ', 'space', 'play, through what the filter shows', play],
	['d', 'd', 'next doubling of an array', ACTIONS.doubling], ['D', 'D', 'doubling before', () => next(chapter().doubled, true)],
	['n', 'n', 'next call that engines differ in', ACTIONS.difference], ['/', '/', 'filter', () => el('filter').focus()], ['g', 'g', 'next call that changes an address', () => el('address').focus()],
	['s', 's', 'next scale', () => setScale(SCALES[(SCALES.indexOf(view.scale) + 1) % 3])],
	['+', '+', 'zoom in; dragging over a strip does too', ACTIONS.in], ['-', '-', 'zoom out', ACTIONS.out], ['0', '0', 'all of memory', ACTIONS.all], ['z', 'z', 'zoom to what the call changed', zoomToCall], ['?', '?', 'this list', ACTIONS.help],
];

function drawHelp() {
	const table = make('table', {}, ...KEYS.map(([, shown, text]) => make('tr', {}, make('td', {}, make('kbd', {}, shown)), make('td', {}, text))));
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
	document.title = of.data.title;
	el('title').textContent = DATA.chapters.length > 1 ? DATA.title : of.data.title;
	el('subtitle').textContent = `${DATA.chapters.length > 1 ? of.data.title + ' · ' : ''}${of.engines.map(engine => engine.name).join(' beside ')} · variant ${of.data.variant} · ${of.count} calls${of.doubled.length ? ` · ${of.doubled.length} with a doubling` : ''}${of.differing.length ? ` · ${of.differing.length} differ` : ''}`;
	el('about').replaceChildren(...aboutParts(of.data.about));
	el('chapters').hidden = DATA.chapters.length < 2;
	el('chapters').replaceChildren(...DATA.chapters.map((one, i) => {
		const button = make('button', { 'data-chapter': i, class: i === view.chapter ? 'on' : '', 'aria-pressed': i === view.chapter }, `${i + 1} ${one.short || one.title}`);
		return button;
	}));
}

function listen() {
	document.addEventListener('click', event => {
		const button = event.target.closest('[data-do]'), row = event.target.closest('[data-step]'), other = event.target.closest('[data-chapter]');
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
	el('filter').addEventListener('input', () => { view.filter = el('filter').value; el('calls').scrollTop = 0; tellLocation(); render(); });
	el('calls').addEventListener('scroll', () => drawRows(chapter()));
	el('scales').addEventListener('change', event => setScale(event.target.value));
	el('tables').addEventListener('toggle', render);
	el('timeline').addEventListener('pointerdown', event => {
		const box = el('timeline').getBoundingClientRect();
		go(Math.ceil((event.clientX - box.left - 6) / (box.width - 12) * chapter().count));
	});
	el('strips').addEventListener('pointermove', event => {
		const box = event.target.closest('[data-box]'), svg = event.target.closest('.lane svg');
		const at = svg && addressAt(chapter(), svg.closest('.lane').axis.placeAt(event.clientX - svg.getBoundingClientRect().left));
		el('pointed').textContent = box ? boxes[box.dataset.box] : svg ? `${hex(at)}: free or no memory` : '';
	});
	window.addEventListener('resize', render);
	window.addEventListener('hashchange', () => { if (location.hash !== '#selftest') { readLocation(); drawHead(); render(); } });
	window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', render);
	brush();
}

// ---------------------------------------------------------------- the page tries itself: #selftest

/** Works the page as a reader does, and writes what came of it where a browser without a screen can be asked for it. */
function selftest() {
	const lines = [], of = chapter();
	const check = (what, holds) => lines.push(`${holds ? 'ok' : 'NOT OK'} ${what}`);
	const key = name => document.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true }));
	const shownStep = () => Number(el('step').value);
	go(0);
	check('the start is empty', of.state(0, 0).arrays.every(array => !array.length));
	key('ArrowRight');
	check('a key steps on', shownStep() === 1 && el('call').textContent.includes(of.op(1)[0]));
	key('End');
	check('a key goes to the end', shownStep() === of.count);
	key('ArrowLeft');
	check('a key steps back', shownStep() === of.count - 1);
	document.querySelector('[data-do=first]').click();
	check('a button goes to the start', shownStep() === 0);
	checkStates(of, check);
	checkFilter(of, check);
	for (const scale of SCALES) {
		setScale(scale);
		const places = of.data.scales[scale];
		check(`scale ${scale} is in order`, places.every((place, i) => !i || place >= places[i - 1]));
		go(of.count);
		check(`scale ${scale} draws`, document.querySelectorAll('#strips svg rect').length > 0);
		zoomBy(.25);
		check(`scale ${scale} zooms`, document.querySelectorAll('#strips .lane').length > 0);
		zoomPlaces(0, 1);
	}
	setScale('squeezed');
	if (of.doubled.length) {
		go(0);
		key('d');
		check('d goes to the first doubling', shownStep() === of.doubled[0] && el('call').textContent.includes('doubled to'));
	}
	if (of.differing.length) {
		go(0);
		key('n');
		check('n goes to the first difference', shownStep() === of.differing[0] && document.querySelector('.banner') !== null);
	}
	location.hash = '';
	history.replaceState(null, '', `#step=${Math.min(17, of.count)}&scale=log`);
	readLocation();
	check('a link goes to its call', view.step === Math.min(17, of.count) && view.scale === 'log');
	setScale('squeezed');
	checkChapters(check);
	checkTexts(check);
	lines.push(`slowest of 40 jumps: ${slowestJump(chapter())} ms; errors: ${errors.length}`);
	check('no error', errors.length === 0);
	const failed = lines.filter(line => line.startsWith('NOT OK')).length;
	lines.push(failed ? `selftest: ${failed} failed` : `selftest: passed, ${lines.length - 1} checks`, ...errors);
	document.body.append(make('pre', { id: 'selftest' }, lines.join('\n')));
}

/** A state from a key frame is the one that all calls one after the other come to; regions are in order. */
function checkStates(of, check) {
	let same = true, ordered = true;
	of.engines.forEach((engine, i) => {
		const state = of.state(i, 0);
		engine.played.forEach((told, step) => {
			advance(state, told);
			if (step % 61 && step + 1 < of.count) return;
			same = same && JSON.stringify(state.arrays) === JSON.stringify(of.state(i, step + 1).arrays);
			for (const array of state.arrays) ordered = ordered && array.every((region, at) => region.s <= region.e && (!at || array[at - 1].e <= region.s));
		});
	});
	check('key frames and changes agree', same);
	check('regions are in order', ordered);
}

function checkFilter(of, check) {
	const name = of.op(1)[0];
	el('filter').value = name;
	el('filter').dispatchEvent(new Event('input'));
	const wanted = of.data.steps.filter((_, i) => of.texts[i].includes(name.toLowerCase())).length;
	check('the filter shows what matches', matches(of).length === wanted && wanted > 0 && el('matches').textContent.startsWith(`${wanted} of`));
	check('each row shown is one of them', [...document.querySelectorAll('.row')].every(row => of.texts[row.dataset.step - 1].includes(name.toLowerCase())));
	el('filter').value = 'nothing is called so';
	el('filter').dispatchEvent(new Event('input'));
	check('the filter can show nothing', document.querySelectorAll('.row').length === 0);
	el('filter').value = '';
	el('filter').dispatchEvent(new Event('input'));
	check('without a filter all are there', matches(of).length === of.count);
	const changing = of.stepsWhere((told, engine) => engine === 0 && (told.d || []).some(([type, , , flat]) => type < 2 && flat.length));
	if (!changing.length) return;
	const flat = of.told(changing[0]).d.find(([, , , list]) => list.length)[3];
	go(0);
	goAddress(hex(of.bounds[flat[0]]));
	check('an address goes to the call that changes it', view.step > 0 && view.step <= changing[0]);
}

function checkChapters(check) {
	for (let i = 1; i < DATA.chapters.length; i++) {
		goChapter(i);
		go(chapter().count);
		check(`chapter ${i + 1} draws`, el('title').textContent.length > 0 && document.querySelectorAll('#strips .lane').length > 0);
	}
	if (DATA.chapters.length > 1) goChapter(0);
}

function checkTexts(check) {
	check('sizes read well', sizeText(4096n) === '4 KiB' && sizeText(0x2c00000n) === '44 MiB' && sizeText(1n) === '1 byte' && sizeText(0x9ec00n) === '635 KiB' && sizeText(0x7ff7ec00n) === '≈ 2047.4 MiB');
	check('addresses read well', addressText(1n << 31n) === '2 GiB' && addressText(0x7ffdf000n) === '0x7ffdf000' && addressText(0n) === '0');
	check('addresses are read', parseAddress('2G') === 1n << 31n && parseAddress('0x1000') === 4096n && parseAddress('x') === null);
	check('errors have names', valueText('-12', KIND.error) === '-ENOMEM');
}

function slowestJump(of) {
	let slowest = 0;
	for (let i = 0; i < 40; i++) {
		const start = performance.now();
		go((i * 2654435761) % (of.count + 1));
		el('strips').getBoundingClientRect(); // laid out, too
		slowest = Math.max(slowest, performance.now() - start);
	}
	return Math.round(slowest);
}

const errors = [];
window.addEventListener('error', event => errors.push(String(event.message)));
const wantsTest = location.hash === '#selftest';
readLocation();
drawHelp();
listen();
drawHead();
render();
if (wantsTest)
	try { selftest(); } catch (error) { document.body.append(make('pre', { id: 'selftest' }, `selftest: 1 failed\n${error.stack}`)); }
