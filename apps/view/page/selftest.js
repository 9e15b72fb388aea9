// SPDX-License-Identifier: GPL-2.0-or-later
// The page works itself, as a reader does: PAGE#selftest.

/** Works the page as a reader does, and writes what came of it where a browser without a screen can be asked for it. */
function selftest() {
    const lines = [];
    const check = (what, holds) => lines.push(`${holds ? 'ok' : 'NOT OK'} ${what}`);
    if (DATA.chapters.length)
        checkPage(check, lines);
    else
        check('what is said is there', el('introduction').textContent.includes(DATA.about.slice(0, 20)));
    check('no error', errors.length === 0);
    const failed = lines.filter(line => line.startsWith('NOT OK')).length;
    lines.push(failed ? `selftest: ${failed} failed` : `selftest: passed, ${lines.length} checks`, ...errors);
    document.body.append(make('pre', {id: 'selftest'}, lines.join('\n')));
}

function checkPage(check, lines) {
    const of = chapter();
    const key = name => document.dispatchEvent(new KeyboardEvent('keydown', {key: name, bubbles: true}));
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
        check('d goes to the first doubling',
              shownStep() === of.doubled[0] && el('call').textContent.includes('doubled to'));
    }
    if (of.differing.length) {
        go(0);
        key('n');
        check('n goes to the first difference',
              shownStep() === of.differing[0] && document.querySelector('.banner') !== null);
    }
    location.hash = '';
    history.replaceState(null, '', `#step=${Math.min(17, of.count)}&scale=log`);
    readLocation();
    check('a link goes to its call', view.step === Math.min(17, of.count) && view.scale === 'log');
    setScale('squeezed');
    checkChapters(check);
    checkTexts(check);
    lines.push(`slowest of 40 jumps: ${slowestJump(chapter())} ms; loaded in ${loaded} ms; errors: ${errors.length}`);
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
            for (const array of state.arrays)
                ordered = ordered &&
                    array.every((region, at) => region.s <= region.e && (!at || array[at - 1].e <= region.s));
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
    check('the filter shows what matches',
          matches(of).length === wanted && wanted > 0 && el('matches').textContent.startsWith(`${wanted} of`));
    check('each row shown is one of them',
          [...document.querySelectorAll('.row')].every(
              row => of.texts[row.dataset.step - 1].includes(name.toLowerCase())));
    el('filter').value = 'nothing is called so';
    el('filter').dispatchEvent(new Event('input'));
    check('the filter can show nothing', document.querySelectorAll('.row').length === 0);
    el('filter').value = '';
    el('filter').dispatchEvent(new Event('input'));
    check('without a filter all are there', matches(of).length === of.count);
    const made = ([type, , , flat]) => type < 2 && flat[1] > flat[0];
    const changing = of.stepsWhere((told, engine) => engine === 0 && (told.d || []).some(made));
    if (!changing.length) return;
    const flat = of.told(changing[0]).d.find(made)[3];
    go(0);
    goAddress(hex(of.bounds[flat[0]]));
    check('an address goes to the call that changes it', view.step > 0 && view.step <= changing[0]);
}

function checkChapters(check) {
    for (let i = 1; i < DATA.chapters.length; i++) {
        goChapter(i);
        go(chapter().count);
        check(`chapter ${i + 1} draws`,
              el('title').textContent.length > 0 && document.querySelectorAll('#strips .lane').length > 0);
    }
    if (DATA.chapters.length > 1) goChapter(0);
}

function checkTexts(check) {
    check('sizes read well',
          sizeText(4096n) === '4 KiB' && sizeText(0x2c00000n) === '44 MiB' && sizeText(1n) === '1 byte' &&
              sizeText(0x9ec00n) === '635 KiB' && sizeText(0x7ff7ec00n) === '≈ 2047.5 MiB' &&
              sizeText((1n << 64n) - 1n) === '≈ 16 EiB' && sizeText(5n << 40n) === '5 TiB');
    check('addresses read well',
          addressText(1n << 31n) === '2 GiB' && addressText(0x7ffdf000n) === '0x7ffdf000' && addressText(0n) === '0');
    check('addresses are read',
          parseAddress('2G') === 1n << 31n && parseAddress('0x1000') === 4096n && parseAddress('x') === null);
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
