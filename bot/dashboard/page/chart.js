// chart.js - two lines and a limit over time, as plain SVG, with the same in words and in a table.
import { el, svg } from './dom.js';
import { instant } from './words.js';

const WIDTH = 560, HEIGHT = 200, LEFT = 56, RIGHT = 12, TOP = 14, BOTTOM = 26, LINES = 3;

function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 2.5, 5, 10].find(step => step * power >= value) * power;
}

// Where a value is not known the line is interrupted: no line says what nobody knows.
function pathOf(points, value, x, y) {
  let d = '', isOpen = false;
  for (const point of points) {
    const at = value(point);
    if (at === null || at === undefined) {
      isOpen = false;
      continue;
    }
    d += `${isOpen ? 'L' : 'M'}${x(point).toFixed(1)} ${y(at).toFixed(1)}`;
    isOpen = true;
  }
  return d;
}

function dots(points, value, x, y, kind) {
  return points.filter(point => value(point) !== null && value(point) !== undefined)
    .map(point => svg('circle', { class: `dot ${kind}`, cx: x(point).toFixed(1), cy: y(value(point)).toFixed(1), r: kind === 'canary' ? 3 : 2.4 }));
}

// options: { name, points: [{ at, canary, baseline }], value(side), format(value), limit }
export function chart({ name, points, value, format, limit }) {
  const times = points.map(point => new Date(point.at).getTime());
  const from = Math.min(...times), to = Math.max(...times, from + 1000);
  const canary = point => value(point.canary), baseline = point => value(point.baseline);
  const all = points.flatMap(point => [canary(point), baseline(point)]).filter(at => at !== null && at !== undefined);
  const top = niceTop(Math.max(...all, limit || 0) * 1.1);
  const x = point => LEFT + (WIDTH - LEFT - RIGHT) * (new Date(point.at).getTime() - from) / (to - from);
  const y = at => TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(at, top) / top);
  const last = points[points.length - 1];
  const words = `${name}: new version ${format(canary(last))}, old version ${format(baseline(last))}` +
    `${limit ? `, limit ${format(limit)}` : ''}; ${points.length} looks from ${instant(points[0].at)} to ${instant(last.at)}.`;

  return el('figure', { class: 'chart', 'data-key': name },
    el('figcaption', {}, el('strong', {}, name), el('span', { class: 'key canary' }, `new ${format(canary(last))}`),
      el('span', { class: 'key baseline' }, `old ${format(baseline(last))}`), limit ? el('span', { class: 'key limit' }, `limit ${format(limit)}`) : null),
    svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': words },
      Array.from({ length: LINES + 1 }, (_, i) => top * i / LINES).map(at => [
        svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(at).toFixed(1), y2: y(at).toFixed(1) }),
        svg('text', { class: 'axis', x: LEFT - 6, y: (y(at) + 4).toFixed(1), 'text-anchor': 'end' }, format(at))]),
      svg('text', { class: 'axis', x: LEFT, y: HEIGHT - 8 }, instant(points[0].at)),
      points.length > 1 ? svg('text', { class: 'axis', x: WIDTH - RIGHT, y: HEIGHT - 8, 'text-anchor': 'end' }, instant(last.at)) : null,
      limit ? svg('line', { class: 'limit', x1: LEFT, x2: WIDTH - RIGHT, y1: y(limit).toFixed(1), y2: y(limit).toFixed(1) }) : null,
      svg('path', { class: 'line baseline', d: pathOf(points, baseline, x, y) }),
      svg('path', { class: 'line canary', d: pathOf(points, canary, x, y) }),
      dots(points, baseline, x, y, 'baseline'), dots(points, canary, x, y, 'canary')));
}
