// SPDX-License-Identifier: GPL-2.0-or-later
// Zoom: to a call, by keys, by dragging.

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
    const changes =
        of.engines.flatMap((_, i) => TYPES.flatMap((_, type) => differences(of.state(i, view.step - 1).arrays[type],
                                                                            of.state(i, view.step).arrays[type])));
    const places = of.data.scales[view.scale], asked = of.asked(view.step);
    const all = changes.flatMap(change => [places[change.s], places[change.e]]);
    if (!all.length && asked) all.push(of.place(asked[0], view.scale), of.place(asked[1], view.scale));
    return all.length ? [Math.min(...all), Math.max(...all)] : null;
}

function zoomBy(factor) {
    const of = chapter(), now = view.zoom ? view.zoom.map(address => of.place(address, view.scale)) : [0, 1];
    const call = placesOfCall(),
          middle = call && call[0] < now[1] && call[1] > now[0]
        ? (Math.max(call[0], now[0]) + Math.min(call[1], now[1])) / 2
        : (now[0] + now[1]) / 2;
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
        if (!shade) svg.append(shade = draw('rect', {class: 'brush', y: 0, height: svg.getAttribute('height')}));
        shade.setAttribute('x', Math.min(from, x(event)));
        shade.setAttribute('width', Math.abs(x(event) - from));
    });
    window.addEventListener('pointerup', event => {
        if (from !== null && shade)
            zoomPlaces(axis.placeAt(Math.min(from, x(event))), axis.placeAt(Math.max(from, x(event))));
        from = null;
    });
}
