// A slider of the world: a few useful values, moved by mouse or arrow keys. The world is told while it moves.
import { el } from './slack.js';

const TELL_EVERY_MS = 150;
const HOLD_MS = 600; // after the last word to the world: what it answered before that is old

export const TRAFFIC = { name: 'traffic', values: [0, 1, 2, 5, 10, 15, 20, 30, 50, 75, 100, 150, 200], text: value => `${tidy(value)} /s`, spoken: value => `${tidy(value)} requests per second` };
export const ERRORS = { name: 'errors', values: [0, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2], text: value => `${tidy(value * 100)} %`, spoken: value => `${tidy(value * 100)} percent` };
export const LATENCY = { name: 'latency', values: [10, 20, 40, 60, 80, 100, 120, 150, 200, 250, 300, 400, 600, 800, 1000, 1500, 2000], text: value => `${tidy(value)} ms`, spoken: value => `${tidy(value)} milliseconds` };

const tidy = value => String(Math.round(value * 100) / 100);
const nearest = (values, value) => values.reduce((best, candidate, index) => Math.abs(candidate - value) < Math.abs(values[best] - value) ? index : best, 0);

// `of` names whose it is, `tell` takes a value and answers the world's {ok, error}. A part: its node, and show(value),
// which hides it where the world knows no such value.
export function slider(kind, of, tell) {
  const input = el('input', { type: 'range', min: 0, max: kind.values.length - 1, step: 1, 'aria-label': `${of}: ${kind.name}`, 'data-slider': `${of} ${kind.name}` });
  const output = el('output', {});
  const node = el('div', { class: 'knob' }, el('span', { class: 'knob-name', 'aria-hidden': 'true' }, kind.name), input, output);
  let heldUntil = 0, timer = null;

  function draw(value) {
    output.textContent = kind.text(value);
    input.setAttribute('aria-valuetext', kind.spoken(value));
    input.style.setProperty('--at', nearest(kind.values, value) / (kind.values.length - 1));
  }
  async function say() {
    timer = null;
    heldUntil = performance.now() + HOLD_MS;
    const answer = await tell(kind.values[input.value]).catch(() => ({ ok: false, error: 'the sandbox does not answer' }));
    node.classList.toggle('failed', !answer.ok);
    node.title = answer.ok ? '' : answer.error;
    heldUntil = performance.now() + HOLD_MS;
  }
  input.addEventListener('input', () => {
    draw(kind.values[input.value]);
    heldUntil = Infinity;
    timer ??= setTimeout(say, TELL_EVERY_MS);
  });
  return {
    node,
    show(value) {
      node.hidden = typeof value !== 'number';
      if (node.hidden || performance.now() < heldUntil) return;
      input.value = nearest(kind.values, value);
      draw(value);
    },
  };
}
