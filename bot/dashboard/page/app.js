// app.js - the page put together: who is signed in, which view is shown, and what it does when something changes.
import { Problem, signInState, signOut, takeTicket } from './api.js';
import { leave, startAsking } from './asking.js';
import { el, patch } from './dom.js';
import { follow } from './live.js';
import { away, instant } from './words.js';
import * as audit from './audit.js';
import * as dead from './dead.js';
import * as inbox from './inbox.js';
import * as incident from './incident.js';
import * as incidents from './incidents.js';
import * as now from './now.js';
import * as operation from './operation.js';
import * as operations from './operations.js';
import * as policy from './policy.js';
import * as target from './target.js';
import * as targets from './targets.js';

// A view: path (its words), load(words, query, signal), draw(found, words, query), concerns(what, words); say(found)
// is what is read out when it has changed; again(found) is how often it is read anew, where no event tells of it; 0: never.
const views = [now, operations, operation, incidents, incident, targets, target, inbox, dead, audit, policy];
const places = [
  ['', 'Now'],
  ['operations', 'Operations'],
  ['incidents', 'Incidents'],
  ['targets', 'Targets'],
  ['inbox', 'Inbox'],
  ['audit', 'Audit'],
  ['policy', 'Policy'],
];

const GATHER_MS = 250; // one commit changes several things
const TICK_MS = 1000;
const RETRY_MS = 3000,
  LOOK_MS = 60000; // a view is read anew so often, whatever is heard: silence is no proof

const main = document.getElementById('main');
const byId = id => document.getElementById(id);

let shown = null; // { view, words, query, found, abort }
let live = null,
  lastGood = new Date(),
  due = 0;

// ---- which view ----

function read() {
  const [path, search] = location.hash.replace(/^#\/?/, '').split('?');
  const words = path
    .split('/')
    .filter(Boolean)
    .map(text => {
      try {
        return decodeURIComponent(text);
      } catch {
        return text;
      }
    });
  return { words, query: new URLSearchParams(search || '') };
}

function find(words) {
  return views.find(view => view.path(words)) || null;
}

function markPlace(words) {
  for (const anchor of byId('nav').querySelectorAll('a')) {
    const place = anchor.getAttribute('href').slice(2),
      isHere = (words[0] || '') === place || (words[0] === 'dead' && place === 'inbox');
    if (isHere) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
}

function show(node) {
  const fresh = el('main', { id: 'main', tabindex: '-1' }, node);
  patch(main, fresh);
  for (const wide of main.querySelectorAll('.scroll, .figures')) {
    // what is wider than its place is scrolled by keys, too
    if (wide.scrollWidth > wide.clientWidth) wide.setAttribute('tabindex', '0');
  }
}

function problem(error) {
  return el(
    'div',
    { class: 'problem', role: 'alert' },
    el('p', {}, error.message),
    error.requestId ? el('p', { class: 'dim' }, `Request ${error.requestId}`) : null,
  );
}

async function load(isFirst) {
  const mine = shown;
  if (!mine) return;
  if (mine.abort) mine.abort.abort();
  mine.abort = new AbortController();
  try {
    const found = await mine.view.load(mine.words, mine.query, mine.abort.signal);
    if (shown !== mine) return;
    mine.found = found;
    lastGood = new Date();
    mine.failed = null;
  } catch (error) {
    if (shown !== mine || error.name === 'AbortError') return;
    if (error instanceof Problem && error.status === 401) {
      await start();
      return;
    }
    if (!(error instanceof Problem)) throw error;
    mine.failed = error;
  }
  draw(isFirst);
}

function draw(isFirst) {
  const { view, found, words, query, failed } = shown;
  if (failed && !found) {
    show([el('h1', {}, view.title(words)), problem(failed)]);
  } else {
    show(view.draw(found, words, query));
    if (view.say) say(view.say(found), isFirst);
  }
  tellStale();
  if (isFirst) {
    const heading = main.querySelector('h1');
    document.title = `${heading ? heading.textContent : view.title(words)} – opsgate`;
    if (shown.byHand) main.focus({ preventScroll: true });
  }
}

let said = '';
function say(text, isFirst) {
  if (!isFirst && text && text !== said) byId('said').textContent = text;
  said = text;
}

function go(byHand) {
  const { words, query } = read();
  const view = find(words);
  markPlace(words);
  if (shown && shown.abort) shown.abort.abort();
  if (byHand) leave();
  if (!view) {
    shown = null;
    document.title = 'There is no such page – opsgate';
    show([el('h1', {}, 'There is no such page'), el('p', {}, el('a', { href: '#/' }, 'Back to what happens now'))]);
    return;
  }
  shown = { view, words, query, found: null, abort: null, failed: null, byHand };
  show([el('h1', {}, view.title(words)), el('p', { class: 'empty' }, 'Loading')]);
  window.scrollTo(0, 0);
  load(true);
}

// ---- what changes ----

function onChanged(what) {
  if (!shown || due || (what.what !== 'all' && !shown.view.concerns(what, shown.words))) return;
  due = setTimeout(() => {
    due = 0;
    load(false);
  }, GATHER_MS);
}

function onState(isGood) {
  byId('live').className = `live ${isGood ? 'good' : 'bad'}`;
  byId('live-text').textContent = isGood ? 'Live' : 'Not connected';
  if (!isGood) say('Not connected. Trying again.', false);
  tellStale();
}

// Nothing is shown as if it were of now when it is not.
function tellStale() {
  const isCut = byId('live').classList.contains('bad'),
    failed = shown && shown.failed;
  const banner = byId('stale');
  document.body.classList.toggle('is-stale', Boolean(isCut || (failed && shown.found)));
  banner.hidden = !isCut && !(failed && shown.found);
  if (banner.hidden) return;
  const text = failed && shown.found ? failed.message : 'Not connected to opsgate.';
  banner.textContent = `${text} What you see is as it was at ${instant(lastGood.toISOString())}. Trying again.`;
}

function tick() {
  for (const node of document.querySelectorAll('[data-when]')) {
    const text = away(node.getAttribute('data-when'), Date.now());
    if (node.textContent !== text) node.textContent = text;
  }
  if (!shown) return;
  const every = shown.failed ? RETRY_MS : shown.view.again && shown.found ? shown.view.again(shown.found) : LOOK_MS;
  shown.ticks = (shown.ticks || 0) + TICK_MS;
  if (!every || shown.ticks < every || document.hidden) return;
  shown.ticks = 0;
  load(false);
}

// ---- who ----

function drawFrame(state) {
  const isIn = Boolean(state.person);
  byId('top').hidden = byId('asking').hidden = !isIn;
  document.body.classList.toggle('is-out', !isIn);
  if (!isIn) {
    byId('answer').replaceChildren(); // it was of whoever asked
    return;
  }
  byId('who').textContent = state.person.name;
  byId('who').title = state.person.principal;
  byId('nav').replaceChildren(
    el(
      'ul',
      {},
      places.map(([path, name]) => el('li', {}, el('a', { href: `#/${path}` }, name))),
    ),
  );
}

const REFUSED = {
  unknown:
    'opsgate does not know you: nobody in its configuration is whom the provider says you are. Ask whoever runs it.',
  provider: 'The provider\u2019s answer could not be had, or not be trusted. Try again; the log of opsgate says why.',
  denied: 'The provider did not let you in.',
  state: 'This sign-in was not begun here, or too long ago. Try again.',
};

function signInPage(state, said) {
  return el(
    'div',
    { class: 'sign-in' },
    el('h1', {}, 'opsgate'),
    said ? el('p', { class: 'problem', role: 'alert' }, said) : null,
    state.provider
      ? el('p', {}, el('a', { class: 'button primary', href: '/sign-in/start' }, `Sign in with ${state.provider}`))
      : null,
    el('p', {}, state.provider ? 'Or, on the host where it runs:' : 'On the host where it runs, ask for a link:'),
    el('pre', {}, el('code', {}, 'opsgate dashboard')),
    el(
      'p',
      { class: 'dim' },
      'The link lets you in once, as your user of that machine. What you may do here is what policy lets you anywhere.',
    ),
  );
}

async function useTicket(ticket, state) {
  const button = el('button', { type: 'button', class: 'primary', id: 'use-ticket' }, 'Sign in');
  history.replaceState(null, '', '#/');
  show(
    el(
      'div',
      { class: 'sign-in' },
      el('h1', {}, 'opsgate'),
      el('p', {}, 'This link lets you in once.'),
      el('p', {}, button),
    ),
  );
  const here = byId('use-ticket');
  here.focus();
  here.addEventListener(
    'click',
    async () => {
      try {
        await takeTicket(ticket);
      } catch (error) {
        show(signInPage(state, error.message));
        return;
      }
      start(true);
    },
    { once: true },
  );
}

async function start(byHand) {
  const ticket = location.hash.startsWith('#ticket=') ? location.hash.slice('#ticket='.length) : '';
  let state;
  if (live) live.end();
  live = null;
  shown = null;
  try {
    state = await signInState();
  } catch (error) {
    show(problem(error));
    setTimeout(start, 3000);
    return;
  }
  drawFrame(state);
  if (ticket) {
    useTicket(ticket, state);
    return;
  }
  if (!state.person) {
    const refused = REFUSED[new URLSearchParams(location.search).get('refused')];
    document.title = 'Sign in – opsgate';
    tellStale();
    byId('stale').hidden = true;
    show(signInPage(state, refused));
    return;
  }
  live = follow({ state: onState, changed: onChanged, again: () => load(false) });
  go(byHand);
}

byId('skip').addEventListener('click', event => {
  event.preventDefault();
  main.focus();
});
byId('out').addEventListener('click', async () => {
  try {
    await signOut();
  } catch {
    /* the session has ended by itself */
  }
  start();
});
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#ticket=')) start();
  else if (live) go(true);
});
startAsking(() => load(false));
setInterval(tick, TICK_MS);
start();
