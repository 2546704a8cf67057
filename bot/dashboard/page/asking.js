// asking.js - actions are requests like any other: their words go to opsgate, policy judges, and its answer is shown.
// A button is data: data-ask has the words, data-sure what a person is asked before.
import { ask } from './api.js';
import { el } from './dom.js';

const byId = id => document.getElementById(id);

function lines(text) {
  return String(text || '').split('\n').map(line => el('p', {}, line));
}

function tell(kind, line, ...said) {
  byId('answer').replaceChildren(el('div', { class: `answer ${kind}` },
    el('div', {}, el('p', { class: 'asked' }, el('code', {}, line)), said),
    el('button', { type: 'button', class: 'quiet', 'data-close': true, 'aria-label': 'Close the answer' }, '✕')));
}

function tellAnswer(line, answer) {
  const isNo = answer.refused || answer.is_refusal || answer.state === 'refused';
  tell(isNo ? 'no' : 'yes', line, lines(answer.reply || 'Accepted; the answer is on its way.'),
    (answer.lines || []).map(text => el('p', {}, text)),
    answer.operation ? el('p', {}, el('a', { href: `#/operations/${answer.operation}` }, `Look at ${answer.operation}`)) : null);
}

async function send(line, onDone) {
  tell('wait', line, el('p', {}, 'Asking'));
  try {
    tellAnswer(line, await ask(line));
  } catch (error) {
    tell('no', line, lines(error.message));
  }
  onDone();
}

// Words that a person may still change before they are asked.
export function propose(line) {
  const box = byId('ask-text');
  box.value = line;
  box.focus();
}

function isSure(sentence, line) {
  const dialog = byId('sure');
  byId('sure-text').textContent = sentence;
  byId('sure-line').textContent = line;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise(done => {
    dialog.addEventListener('close', () => done(dialog.returnValue === 'yes'), { once: true });
  });
}

export function startAsking(onDone) {
  byId('ask').addEventListener('submit', event => {
    const box = byId('ask-text'), line = box.value.trim().replace(/^\/(ops\s+)?/, '');
    event.preventDefault();
    if (!line) return;
    box.value = '';
    send(line, onDone);
  });
  document.addEventListener('click', async event => {
    const button = event.target.closest('[data-ask], [data-propose], [data-close]');
    if (!button || button.disabled) return;
    if (button.hasAttribute('data-close')) byId('answer').replaceChildren();
    else if (button.hasAttribute('data-propose')) propose(button.getAttribute('data-propose'));
    else if (!button.hasAttribute('data-sure') || await isSure(button.getAttribute('data-sure'), button.getAttribute('data-ask')))
      send(button.getAttribute('data-ask'), onDone);
  });
}

export function button(action, key) {
  const style = ['primary', 'danger'].includes(action.style) ? action.style : null;
  return el('button', {
    type: 'button', class: style, 'data-ask': action.text, 'data-sure': action.confirm || null, 'data-key': key || action.text,
    disabled: action.allowed === false, title: action.allowed === false ? 'Policy does not let you' : action.text,
  }, action.label);
}
