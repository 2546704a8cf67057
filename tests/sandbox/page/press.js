// Pressing a button of a message: its confirm dialog, its busy state, and what to say when it fails.
import { objectText } from './slack.js';

const busy = new Set();
const asked = new Set(); // whose dialog is open: a key held down presses again and again
const $ = id => document.getElementById(id);

const keyOf = (message, element) => `${message.ts} ${element.action_id}`;
const nodeOf = key => document.querySelector(`[data-press="${CSS.escape(key)}"]`);

export async function confirmed(confirm, context) {
  if (!confirm) return true;
  $('confirm-title').textContent = confirm.title.text;
  $('confirm-text').replaceChildren(objectText(confirm.text, context));
  $('confirm-yes').textContent = confirm.confirm.text;
  $('confirm-yes').className = `button ${confirm.style === 'danger' ? 'danger' : 'primary'}`;
  $('confirm-no').textContent = confirm.deny.text;
  $('confirm').showModal();
  return answered();
}

// Not by its close event: that one waits for a frame, and by then the dialog may be open for another button.
function answered() {
  return new Promise(done => {
    const gone = new AbortController();
    const end = isYes => { gone.abort(); done(isYes); };
    $('confirm').addEventListener('submit', event => end(event.submitter?.value === 'yes'), { signal: gone.signal });
    $('confirm').addEventListener('cancel', () => end(false), { signal: gone.signal });
  });
}

// Attributes of a button as it is made: a card is drawn anew while its button is still busy.
export function pressAttributes(message, element) {
  const key = keyOf(message, element);
  return { 'data-press': key, 'aria-busy': busy.has(key) ? 'true' : null };
}

function mark(key, problem) {
  const node = nodeOf(key);
  if (!node) return;
  if (busy.has(key)) node.setAttribute('aria-busy', 'true');
  else node.removeAttribute('aria-busy');
  node.classList.toggle('failed', !!problem);
  node.title = problem ?? '';
}

// `send` takes nothing and answers {status} or {ok: false, error}. Slackbot says the same to the person.
export async function press(message, element, context, send) {
  const key = keyOf(message, element);
  if (busy.has(key) || asked.has(key)) return null;
  asked.add(key);
  const isWanted = await confirmed(element.confirm, context).finally(() => asked.delete(key));
  if (!isWanted) return null;
  if (document.activeElement === document.body) nodeOf(key)?.focus(); // the card changed under the dialog
  busy.add(key);
  mark(key, null);
  const answer = await send().catch(() => ({ ok: false, error: 'the sandbox does not answer' }));
  const problem = answer.status === 200 ? null : answer.error ?? `it answered ${answer.status}`;
  busy.delete(key);
  mark(key, problem);
  return answer;
}
