// api.js - opsgate's own API, as this page asks it. Whoever is not signed in is told so by a Problem with status 401.

export class Problem extends Error {
  constructor(status, text, requestId) {
    super(text);
    this.status = status;
    this.requestId = requestId;
  }
}

let csrf = '';

async function problemOf(answer) {
  let said = {};
  try {
    said = await answer.json();
  } catch { /* not in our own words: the status has to do */ }
  return new Problem(answer.status, said.detail || said.title || `opsgate answered ${answer.status}`, said.request_id);
}

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: 'same-origin', cache: 'no-store', redirect: 'error', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Problem(0, 'opsgate cannot be reached.');
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer.status === 204 ? null : answer.json();
}

function post(path, body, headers) {
  return call(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, ...headers },
    body: JSON.stringify(body),
  });
}

export function get(path, signal) {
  return call(`/api/v1/${path}`, { signal });
}

// The query of a path, without what is empty.
export function query(values) {
  const kept = Object.entries(values).filter(([, value]) => value !== '' && value !== null && value !== undefined);
  return kept.length ? `?${new URLSearchParams(kept)}` : '';
}

// A word of a path.
export function word(text) {
  return text.split('/').map(encodeURIComponent).join('/');
}

// What people would type in Slack. One press is one request, however often it has to be sent.
export async function ask(text) {
  const key = crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint32Array(4))].join('-');
  const send = () => post('/api/v1/requests', { text }, { 'Idempotency-Key': key });
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 0) throw error;
    return send();
  }
}

export async function signInState() {
  const state = await call('/sign-in/state');
  csrf = state.person ? state.person.csrf : '';
  return state;
}

export function takeTicket(ticket) {
  return post('/sign-in/ticket', { ticket });
}

export function signOut() {
  return call('/sign-in/out', { method: 'POST', headers: { 'X-CSRF-Token': csrf } });
}
