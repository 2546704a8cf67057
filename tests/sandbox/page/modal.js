// Modals that opsgate opened for whoever looks at the page: filled in, sent, left; and what people do with a message.
import { blocks, el } from './slack.js';

const $ = id => document.getElementById(id);
const left = new Set(); // closed here, and there in a moment
let shown = '', told = '', of = '';

// What a field is filled in by; its `data-block` names the block, and `read` gives what is sent.
const FIELDS = {
  plain_text_input: (item, common) => el(item.multiline ? 'textarea' : 'input', { ...common, rows: item.multiline ? 4 : null, type: item.multiline ? null : 'text', maxlength: item.max_length, placeholder: item.placeholder?.text }),
  static_select: (item, common) => choice(common, item.options.map(option => [option.value, option.text.text])),
  users_select: (item, common, context) => choice(common, [...context.users.values()].filter(user => !user.is_bot).map(user => [user.id, user.real_name])),
  channels_select: (item, common, context) => choice(common, [...context.channels.values()].filter(channel => !channel.is_im).map(channel => [channel.id, `#${channel.name}`])),
  checkboxes: (item, common) => el('label', { class: 'box' }, el('input', { ...common, type: 'checkbox', value: item.options[0].value }), item.options[0].text.text),
};
const choice = (common, pairs) => el('select', common, el('option', { value: '' }, 'Select an option'), ...pairs.map(([value, text]) => el('option', { value }, text)));
const initialOf = item => item.initial_value ?? item.initial_option?.value ?? item.initial_user ?? item.initial_channel ?? '';

function field(block, error, context) {
  const item = block.element, id = `field-${block.block_id}`;
  const node = FIELDS[item.type]?.(item, { id, 'data-block': block.block_id, 'data-key': keyOf(block), 'aria-label': block.label.text, 'aria-invalid': error ? 'true' : null }, context) ?? el('span', { class: 'dim' }, `[${item.type}]`);
  if (item.type === 'checkboxes') node.querySelector('input').checked = !!item.initial_options;
  else node.value = initialOf(item);
  return el('div', { class: 'field' }, el('label', { for: id }, block.label.text, block.optional && el('span', { class: 'dim' }, ' (optional)')), node, block.hint && el('p', { class: 'dim' }, block.hint.text), el('p', { class: 'why', role: 'alert', 'data-error': block.block_id }, error ?? ''));
}

const say = errors => $('modal').querySelectorAll('[data-error]').forEach(node => { node.textContent = errors[node.dataset.error] ?? ''; });

// As Slack's own client does, which sends nothing then.
const leftOut = (view, values) => Object.fromEntries(view.blocks.filter(block => block.type === 'input' && !block.optional && !values[block.block_id]?.trim()).map(block => [block.block_id, 'Please complete this required field.']));

const typed = () => Object.fromEntries([...$('modal').querySelectorAll('[data-block]')].map(node => [node.dataset.block, node.type === 'checkbox' ? (node.checked ? node.value : '') : node.value]));

// A field that stays the same field keeps what was typed, as in Slack: by its block and its action.
const keyOf = block => `${block.block_id} ${block.element?.action_id}`;
function kept(entry) {
  const values = new Map();
  if (entry.id === of) for (const node of $('modal').querySelectorAll('[data-key]')) values.set(node.dataset.key, node);
  return values;
}

function open(entry, context, post) {
  const { view } = entry, before = kept(entry);
  of = entry.id;
  $('modal-title').textContent = view.title.text;
  $('modal-body').replaceChildren(...view.blocks.map(block => block.type === 'input' ? field(block, entry.errors?.[block.block_id], context) : blocks([block], context)));
  for (const node of $('modal').querySelectorAll('[data-key]')) {
    const old = before.get(node.dataset.key);
    if (old && node.type === 'checkbox') node.checked = old.checked;
    else if (old && (node.tagName !== 'SELECT' || [...node.options].some(option => option.value === old.value))) node.value = old.value;
  }
  for (const block of view.blocks.filter(one => one.dispatch_action))
    $('modal').querySelector(`[data-block="${block.block_id}"]`).onchange = ({ target }) => target.value && post('slack/action', { user: entry.user, view: entry.id, block: block.block_id, value: target.value, values: typed() });
  $('modal-send').hidden = !view.submit;
  $('modal-send').textContent = view.submit?.text ?? '';
  $('modal-close').textContent = view.close?.text ?? 'Close';
  $('modal-problem').textContent = '';
  $('modal').onsubmit = async event => {
    event.preventDefault();
    const values = typed(), missing = leftOut(view, values);
    $('modal-problem').textContent = '';
    say(missing);
    if (Object.keys(missing).length) {
      $('modal').querySelector(`[data-block="${Object.keys(missing)[0]}"]`).focus();
      return;
    }
    const answer = await post('slack/submit', { user: entry.user, view: entry.id, values });
    if (answer.status !== 200) $('modal-problem').textContent = answer.error ?? 'We had some trouble connecting. Try again?';
  };
  const leave = () => {
    left.add(entry.id);
    post('slack/submit', { user: entry.user, view: entry.id, closed: true });
    $('modal').close();
    shown = '';
  };
  $('modal-close').onclick = leave;
  $('modal').oncancel = leave;
  if (!$('modal').open) $('modal').showModal();
}

// What was typed stays while only errors change.
export function drawModal(state, user, context, post) {
  const entry = state.slack.views.filter(one => one.is_open && one.user === user && !left.has(one.id)).at(-1);
  const now = entry ? JSON.stringify([entry.id, entry.view]) : '';
  if (now !== shown) {
    shown = now;
    if (entry) open(entry, context, post);
    else if ($('modal').open) $('modal').close();
  } else if (entry && JSON.stringify(entry.errors ?? {}) !== told) {
    say(entry.errors ?? {});
  }
  told = JSON.stringify(entry?.errors ?? {});
}

// What the app's manifest has: in the menu of a message, and in the menu beside the message box.
const OF_MESSAGES = [
  { callback_id: 'opsgate.incident.declare', name: 'Declare an incident', action: 'declare' },
  { callback_id: 'opsgate.incident.note', name: 'Add to a timeline', action: 'note' },
];
const OF_THE_MENU = [
  { callback_id: 'opsgate.deploy', name: 'Deploy' },
  { callback_id: 'opsgate.incident.declare.', name: 'Declare incident' },
  { callback_id: 'opsgate.status', name: 'opsgate status' },
];

// Slack's menu of a message, as far as opsgate has something there: its shortcuts, and the mark that it hears of.
export function messageActions(message, channel, user, post) {
  const item = { type: 'message', channel, ts: message.ts };
  return el('div', { class: 'message-actions' },
    el('button', { type: 'button', title: 'Mark with :pushpin:, for the timeline of an incident', 'data-action': `mark ${message.ts}`, onclick: () => post('slack/event', { type: 'reaction_added', user, fields: { reaction: 'pushpin', item, item_user: message.user } }) }, 'Mark'),
    ...OF_MESSAGES.map(({ callback_id, name, action }) => el('button', { type: 'button', title: 'Message shortcut of opsgate', 'data-action': `${action} ${message.ts}`, onclick: () => post('slack/shortcut', { user, callback_id, channel, ts: message.ts }) }, name)));
}

export function drawShortcuts(user, post) {
  if ($('shortcuts').dataset.user === user) return;
  $('shortcuts').dataset.user = user;
  $('shortcuts').replaceChildren(...OF_THE_MENU.map(({ callback_id, name }) => el('li', {}, el('button', { type: 'button', class: 'quiet', title: 'Shortcut of opsgate', onclick: () => post('slack/shortcut', { user, callback_id }) }, name))));
}
