// SPDX-License-Identifier: GPL-2.0-or-later
// The data of the page, which are those of apps/view/scene.cpp, and numbers as people read them. Addresses are numbers
// of bounds.
'use strict';

const DATA = JSON.parse(document.getElementById('data').textContent);
const KIND = DATA.kinds, TYPES = ['memory', 'reserved', 'physmem'];
const PAGE = 4096n, FRAME_EVERY = 64, NODE_COLOURS = 8;
const el = id => document.getElementById(id);

const UNITS = [
    ['EiB', 1n << 60n], ['PiB', 1n << 50n], ['TiB', 1n << 40n], ['GiB', 1n << 30n], ['MiB', 1n << 20n],
    ['KiB', 1n << 10n]
];
const counted = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;
const hex = value => '0x' + value.toString(16);

/**
 * 44 MiB, 635.5 KiB, 3 bytes: in the largest unit of which there are ten, or that it is a multiple of. All 64 bits
 * less one byte are ≈ 16 EiB.
 */
function sizeText(bytes) {
    for (const [name, unit] of UNITS)
        if (bytes >= unit * 10n || (bytes >= unit && bytes % unit === 0n) || (unit === 1024n && bytes >= unit)) {
            const tenths = (bytes * 10n + unit / 2n) / unit, exact = tenths * unit === bytes * 10n;
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
    return rest ? `${pages} page${pages === 1n ? '' : 's'} and ${rest} bytes`
        : pages === 1n ? '1 page'
                       : `${pages} pages`;
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

const ERRORS = {
    '-12': '-ENOMEM',
    '-22': '-EINVAL',
    '-2': '-ENOENT',
    '-16': '-EBUSY'
};

/** One argument or result by its kind. */
function valueText(text, kind) {
    if (kind === KIND.error) return ERRORS[text] || text;
    if (kind === KIND.text) return `"${text}"`;
    if (kind === KIND.size || kind === KIND.align)
        return /^0x/.test(text) && BigInt(text) >= 10n && BigInt(text) < 1n << 50n
            ? `${text} (${sizeText(BigInt(text))})`
            : text;
    if (kind === KIND.end && text === '0x0') return 'MEMBLOCK_ALLOC_ACCESSIBLE';
    return text === '0xffffffffffffffff' ? 'PHYS_ADDR_MAX' : text;
}
