// words.js - times, lengths of time, shares and states, as people read them.
import { el } from './dom.js';

const OF_DAY = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const OF_YEAR = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

export function instant(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? String(text) : (date.toDateString() === new Date().toDateString() ? OF_DAY : OF_YEAR).format(date);
}

// In the reader's own zone; the whole date and the zone stand behind it.
export function time(text) {
  if (!text) return '–';
  const date = new Date(text);
  return el('time', { datetime: text, title: Number.isNaN(date.getTime()) ? null : WHOLE.format(date) }, instant(text));
}

const UNITS = [[86400000, 'd'], [3600000, 'h'], [60000, 'min'], [1000, 's']];

export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  const left = Math.abs(ms);
  for (let i = 0; i < UNITS.length; i++) {
    const [size, name] = UNITS[i];
    if (left < size) continue;
    const whole = Math.floor(left / size), next = UNITS[i + 1];
    const rest = next ? Math.floor((left % size) / next[0]) : 0;
    return rest && whole < 10 ? `${whole} ${name} ${rest} ${next[1]}` : `${whole} ${name}`;
  }
  return `${Math.round(left)} ms`;
}

// "in 4 min", "3 h ago": drawn anew by the clock of the page, as `data-when` says.
export function away(text, nowMs) {
  const ms = new Date(text).getTime() - nowMs;
  if (Number.isNaN(ms)) return '';
  if (Math.abs(ms) < 1000) return 'now';
  return ms > 0 ? `in ${duration(ms)}` : `${duration(ms)} ago`;
}

export function when(text) {
  return text ? el('span', { 'data-when': text, class: 'dim' }, away(text, Date.now())) : '';
}

export function share(ratio, digits = 2) {
  return ratio === null || ratio === undefined ? '–' : `${(ratio * 100).toFixed(digits)} %`;
}

export function number(value) {
  return value === null || value === undefined ? '–' : Math.round(value).toLocaleString();
}

export function millis(value) {
  return value === null || value === undefined ? '–' : `${Math.round(value)} ms`;
}

const TONES = { running: 'Running', waiting: 'Waiting', good: 'Done', bad: 'Failed', 'without-effect': 'Nothing came of it' };

// A state is told by a word and a mark; the colour only repeats it.
export function tone(name, text) {
  const known = Object.hasOwn(TONES, name) ? name : 'plain';
  return el('span', { class: `tone ${known}` }, text || TONES[name] || name || '');
}

export function person(who) {
  return who ? el('span', { class: 'person', title: who.principal }, who.name || who.principal) : '–';
}
