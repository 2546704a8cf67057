// asking.js - actions are requests like any other: their words go to opsgate, policy judges, and its answer is shown.
// A button is data: data-ask has the words, data-sure what a person is asked before.
import { ask, get, word } from './api.js';
import { el } from './dom.js';

const LOOK_MS = 1000,
  LOOKS_MAX = 90;

const byId = id => document.getElementById(id);

function lines(text) {
  return String(text || '')
    .split('\n')
    .map(line => el('p', {}, line));
}

function tell(kind, line, ...said) {
  byId('answer').replaceChildren(
    el(
      'div',
      { class: `answer ${kind}` },
      el('div', {}, el('p', { class: 'asked' }, el('code', {}, line)), said),
      el('button', { type: 'button', class: 'quiet', 'data-close': true, 'aria-label': 'Close the answer' }, '✕'),
    ),
  );
}

function tellAnswer(line, answer) {
  const isNo = ['refused', 'void', 'dead'].includes(answer.state);
  tell(
    isNo ? 'no' : answer.state === 'pending' ? 'wait' : 'yes',
    line,
    lines(
      answer.reply ||
        answer.why ||
        (answer.state === 'pending' ? 'Accepted. It waits to be decided.' : `It is ${answer.state}.`),
    ),
    (answer.lines || []).map(text => el('p', {}, text)),
    answer.operation
      ? el('p', {}, el('a', { href: `#/operations/${answer.operation}` }, `Look at ${answer.operation}`))
      : null,
    answer.actions && answer.actions.length
      ? el(
          'div',
          { class: 'buttons' },
          answer.actions.map(action => button(action)),
        )
      : null,
  );
}

// What nobody has decided yet is decided soon, or void: until then it is asked about.
async function settle(line, answer) {
  for (let i = 0; i < LOOKS_MAX && answer.state === 'pending'; i++) {
    tellAnswer(line, answer);
    await new Promise(done => setTimeout(done, LOOK_MS));
    answer = await get(`requests/${word(answer.request)}`);
  }
  tellAnswer(line, answer);
}

async function send(line, onDone) {
  tell('wait', line, el('p', {}, 'Asking'));
  try {
    await settle(line, await ask(line));
  } catch (error) {
    tell('no', line, lines(error.message));
  }
  onDone();
}

// What was said yes to, and asks for nothing more, is not taken along to another view.
export function leave() {
  const answer = byId('answer').querySelector('.answer.yes');
  if (answer && !answer.querySelector('.buttons')) answer.remove();
}

// Words that a person may still change before they are asked.
export function propose(line) {
  const box = byId('ask-text');
  box.value = line;
  box.focus();
}

// Only one thing is asked at a time, so there is one answer to wait for. A dialog tells of its end later than it ends: by then
// the next thing may be asked in it, and that end is none of its own.
let answered = null;

function isSure(sentence, line) {
  const dialog = byId('sure');
  if (answered) answered(false);
  byId('sure-text').textContent = sentence;
  byId('sure-line').textContent = line;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(done => {
    answered = done;
  });
}

function onSureClosed(event) {
  if (event.target.open || !answered) return;
  answered(event.target.returnValue === 'yes');
  answered = null;
}

export function startAsking(onDone) {
  byId('ask').addEventListener('submit', event => {
    const box = byId('ask-text'),
      line = box.value.trim().replace(/^\/(ops\s+)?/, '');
    event.preventDefault();
    if (!line) return;
    box.value = '';
    send(line, onDone);
  });
  byId('sure').addEventListener('close', onSureClosed);
  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-ask], [data-propose], [data-close]');
    if (!button || button.disabled) return;
    if (button.hasAttribute('data-close')) byId('answer').replaceChildren();
    else if (button.hasAttribute('data-propose')) propose(button.getAttribute('data-propose'));
    else if (
      !button.hasAttribute('data-sure') ||
      (await isSure(button.getAttribute('data-sure'), button.getAttribute('data-ask')))
    )
      send(button.getAttribute('data-ask'), onDone);
  });
}

export function button(action, key) {
  const style = ['primary', 'danger'].includes(action.style) ? action.style : null;
  return el(
    'button',
    {
      type: 'button',
      class: style,
      'data-ask': action.text,
      'data-sure': action.confirm || null,
      'data-key': key || action.text,
      disabled: action.allowed === false,
      title: action.allowed === false ? 'Policy does not let you' : action.text,
    },
    action.label,
  );
}
