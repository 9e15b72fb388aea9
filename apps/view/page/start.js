// SPDX-License-Identifier: GPL-2.0-or-later
// The page begins.

const errors = [];
window.addEventListener('error', event => errors.push(String(event.message)));
const wantsTest = location.hash === '#selftest';
drawIntroduction();
if (DATA.chapters.length) {
    readLocation();
    drawHelp();
    listen();
    drawHead();
    render();
}
const loaded = Math.round(performance.now()); // since the page was asked for
if (wantsTest) try {
        selftest();
    } catch (error) {
        document.body.append(make('pre', {id: 'selftest'}, `selftest: 1 failed\n${error.stack}`));
    }
