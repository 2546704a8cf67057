// The page: fetches the world when it changes, draws it, and carries what is typed and pressed into it.
import { avatar, blocks, decode, el, emoji, mrkdwn } from './slack.js';
import { drawCloud } from './cloud.js';
import { drawOutside } from './outside.js';
import { drawIncidents } from './incidents.js';
import { drawMail } from './mail.js';
import { drawModal, drawShortcuts, messageActions } from './modal.js';
import { HOME, drawHome, openHome } from './home.js';
import { confirmed, press, pressAttributes } from './press.js';

const $ = id => document.getElementById(id);
const MESSAGES_SHOWN = 200;
const GROUP_SECONDS = 300;
const CALLS_KEPT = 200;
const STILL = new URLSearchParams(location.search).get('still'); // one picture, for a camera that waits for silence; of what

const TRY = [
  { text: '/deploy staging', why: 'watch a deploy happen' },
  { text: '/ops status', why: 'what runs where, and how it is' },
  { text: '/deploy api production v1.4.2', why: 'is it allowed to?' },
  { text: '/incident declare', why: 'a form asks what is wrong' },
  { text: '@opsgate help', why: 'everything else, asked by a mention' },
];

const view = {
  state: null, calls: [], channel: location.hash.slice(1) || 'C0GENERAL', user: localStorage.getItem('user') || 'U012AB3CD',
  seen: new Map(), threads: new Set(), history: JSON.parse(sessionStorage.getItem('typed') ?? '[]'), recall: 0, notes: [], suggestion: 0, waiting: 0,
};

// ---- talking to the sandbox ----

async function post(path, body) {
  const response = await fetch(`_sandbox/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return response.json();
}

let fetching = false, again = false;
async function refresh() {
  if (fetching) { again = true; return; }
  fetching = true;
  try {
    const since = view.calls.at(-1)?.n ?? 0;
    const [state, calls] = await Promise.all([`state?messages=${MESSAGES_SHOWN}`, `calls?since=${since}`].map(async path => (await fetch(`_sandbox/${path}`)).json()));
    if (state.calls < since) view.calls = []; // the world was made anew
    // Calls that were still running are asked for again.
    view.calls = [...view.calls, ...calls].slice(-CALLS_KEPT);
    const open = view.calls.find(call => call.status === null);
    if (open) view.calls = view.calls.filter(call => call.n < open.n);
    const running = open ? await (await fetch(`_sandbox/calls?since=${open.n - 1}`)).json() : [];
    view.state = state;
    draw([...view.calls, ...running]);
  } finally {
    fetching = false;
    if (again) { again = false; refresh(); }
  }
}

function listen() {
  const events = new EventSource('_sandbox/events');
  events.onmessage = () => { setLink(true); refresh(); };
  events.onerror = () => setLink(false);
}

function setLink(good) {
  $('link').classList.toggle('lost', !good);
  $('link').textContent = good ? 'live' : 'the sandbox does not answer';
}

// ---- drawing ----

const people = () => view.state.slack.users.filter(user => !user.is_bot);
const userById = () => new Map([...view.state.slack.users, { id: 'USLACKBOT', name: 'Slackbot', real_name: 'Slackbot' }].map(user => [user.id, user]));
const channelById = () => new Map(view.state.slack.channels.map(channel => [channel.id, channel]));
// Nobody reads what others say to the app, nor private channels that they are not in.
const rooms = () => view.state.slack.channels.filter(channel => channel.is_im ? channel.user === view.user : !channel.is_private || channel.members.includes(view.user));
const kindOf = channel => [channel.is_private && 'private', channel.is_archived && 'archived'].filter(Boolean);
const titleOf = channel => channel.is_im ? 'opsgate' : `#${channel.name}`;
const isReply = message => !!message.thread_ts && message.thread_ts !== message.ts;
const clock = at => at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });

function draw(calls) {
  if (view.channel !== HOME && !rooms().some(channel => channel.id === view.channel)) view.channel = rooms()[0].id;
  drawChannels();
  drawUsers();
  drawHead();
  drawMessages();
  drawHome(view.state, view.user, view.channel === HOME, messageContext({ ts: HOME }), post);
  drawShortcuts(view.user, post);
  drawCloud(view.state, calls, change => post('world', change));
  drawOutside(view.state, change => post('world', change));
  drawIncidents(view.state, change => post('world', change), userById().get(view.user)?.name ?? '');
  drawMail(view.state.mail, STILL !== null);
  drawModal(view.state, view.user, messageContext({ ts: '' }), post);
}

function unreadIn(channel) {
  const last = view.seen.get(channel.id) ?? 0;
  return channel.messages.filter(message => Number(message.ts) > last && !isReply(message)).length;
}

function drawChannels() {
  for (const channel of rooms()) { // what was there before the page opened is not news
    if (!view.seen.has(channel.id)) view.seen.set(channel.id, Number(channel.messages.at(-1)?.ts ?? 0));
    if (channel.id === view.channel) view.seen.set(channel.id, Number(channel.messages.at(-1)?.ts ?? 0));
  }
  const focused = document.activeElement?.dataset?.channel;
  $('channels').replaceChildren(homeNode(), ...rooms().map(channel => {
    const unread = unreadIn(channel), current = channel.id === view.channel;
    return el('li', {}, el('button', { type: 'button', 'data-channel': channel.id, class: [unread && 'unread', channel.is_im && 'direct', ...kindOf(channel)].filter(Boolean).join(' '), title: channel.is_im ? null : [...kindOf(channel), decode(channel.topic.value)].filter(Boolean).join(' · '), 'aria-current': current ? 'page' : null, tabindex: current ? '0' : '-1', onclick: () => openChannel(channel.id) },
      channel.is_private && emoji('lock'), el('span', { class: 'name' }, channel.is_im ? 'opsgate' : channel.name), channel.is_archived && el('span', { class: 'gone' }, 'archived'), unread ? el('span', { class: 'badge', 'aria-label': `${unread} new` }, String(unread)) : null));
  }));
  if (focused) document.querySelector(`[data-channel="${CSS.escape(focused)}"]`)?.focus();
  if (view.listed !== view.channel) $('channels').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  view.listed = view.channel;
}

function homeNode() {
  const current = view.channel === HOME;
  return el('li', {}, el('button', { type: 'button', 'data-channel': HOME, class: 'app-home', 'aria-current': current ? 'page' : null, tabindex: current ? '0' : '-1', onclick: () => openChannel(HOME) }, el('span', { class: 'name' }, 'opsgate · Home')));
}

function drawUsers() {
  if ($('user').options.length !== people().length)
    $('user').replaceChildren(...people().map(user => el('option', { value: user.id }, user.real_name)));
  if (!people().some(user => user.id === view.user)) view.user = people()[0].id;
  $('user').value = view.user;
  const me = people().find(user => user.id === view.user);
  $('me-title').textContent = me.profile.title;
  $('me-avatar').replaceChildren(avatar(me, true));
}

function drawHomeHead() {
  $('channel-name').replaceChildren('opsgate · Home');
  $('channel-topic').textContent = 'The app\'s Home tab: everybody has their own';
  $('channel-name').classList.add('direct');
  $('channel-name').classList.remove('private');
  $('marks').hidden = true;
  $('welcome').dataset.channel = '';
  document.title = 'Home · Acme · opsgate sandbox';
}

function drawHead() {
  if (view.channel === HOME) { drawHomeHead(); return; }
  const channel = channelById().get(view.channel), title = titleOf(channel);
  $('channel-name').replaceChildren(...channel.is_private ? [emoji('lock'), ' '] : [], channel.is_im ? 'opsgate' : channel.name);
  $('channel-name').classList.toggle('direct', !!channel.is_im);
  $('channel-name').classList.toggle('private', !!channel.is_private);
  $('channel-topic').textContent = channel.is_im ? 'Direct messages: every line is a command, without a slash' : decode(channel.topic.value);
  $('composer').setAttribute('aria-label', `Message ${title}`);
  $('composer').placeholder = channel.is_im ? 'Message opsgate: status, help, deploy staging' : `Message ${title}, @opsgate, or / for commands`;
  document.title = `${title} · Acme · opsgate sandbox`;
  drawMarks(channel);
  if ($('welcome').dataset.channel === channel.id) return;
  $('welcome').dataset.channel = channel.id;
  $('welcome').replaceChildren(el('h3', {}, channel.is_im ? 'opsgate' : `# ${channel.name}`),
    el('p', {}, `This is the very beginning of ${channel.is_im ? 'your messages with opsgate' : title}. Nobody here is real, but every command goes to opsgate as a signed request, and what opsgate does to the simulated cloud shows beside it. Try one:`),
    el('div', { class: 'try' }, ...TRY.map(({ text, why }) => el('button', { type: 'button', onclick: () => { fill(text); } }, el('code', {}, text), el('span', {}, why)))));
}

// What stands on top of a channel: what it is, who is in it, what is pinned, its bookmarks.
function drawMarks(channel) {
  const pins = channel.messages.filter(message => message.pinned_to).length;
  const facts = channel.is_im ? [] : [...kindOf(channel), channel.is_member ? null : 'without opsgate', `${channel.members.length} members`, pins ? `${pins} pinned` : null].filter(Boolean);
  const purpose = channel.purpose.value && channel.purpose.value !== channel.topic.value ? el('span', { class: 'dim' }, decode(channel.purpose.value)) : null;
  $('marks').hidden = channel.is_im || (facts.length === 1 && !channel.bookmarks.length && !purpose);
  $('marks').replaceChildren(...facts.map(fact => el('span', { class: 'chip' }, fact)),
    ...channel.bookmarks.map(mark => el('a', { href: mark.link, target: '_blank', rel: 'noreferrer' }, emoji((mark.emoji ?? ':link:').slice(1, -1)), ` ${mark.title}`)), purpose ?? '');
}

// Everything one person sees in a channel, in order: messages, their threads, and what only they see.
function visibleMessages() {
  const channel = channelById().get(view.channel);
  const whispers = view.state.slack.ephemerals.filter(item => item.channel === view.channel && item.for === view.user).map(item => ({ ...item, whisper: true }));
  const notes = view.notes.filter(item => item.channel === view.channel && item.for === view.user);
  const all = [...channel.messages, ...whispers, ...notes].sort((a, b) => Number(a.ts) - Number(b.ts));
  const parents = new Set(all.map(message => message.ts)), belongs = message => isReply(message) && parents.has(message.thread_ts);
  return all.filter(message => !belongs(message)).flatMap(top => {
    const replies = all.filter(message => belongs(message) && message.thread_ts === top.ts).map(message => ({ ...message, reply: true }));
    return replies.length ? [top, { replies, ts: top.ts }, ...(view.threads.has(top.ts) ? replies : [])] : [top];
  });
}

// "3 replies": opens and closes the thread below its message.
function threadNode({ replies, ts }) {
  const open = view.threads.has(ts), last = new Date(Number(replies.at(-1).ts) * 1000);
  const writers = [...new Set(replies.map(reply => reply.user))].slice(0, 3).map(id => avatar(userById().get(id), true));
  return el('div', { class: 'thread-bar' }, el('button', { type: 'button', 'aria-expanded': String(open), 'data-action': `thread ${ts}`, onclick: () => {
    if (!view.threads.delete(ts)) view.threads.add(ts);
    drawMessages();
  } }, ...writers, el('b', {}, replies.length === 1 ? '1 reply' : `${replies.length} replies`), el('span', { class: 'dim' }, open ? 'Hide thread' : `Last reply at ${clock(last)}`)));
}

function messageContext(message) {
  return { users: userById(), channels: channelById(), openChannel, press: element => pressed(message, element), pressAttributes: element => pressAttributes(message, element) };
}

const EYE = '<svg viewBox="0 0 24 24" width="14" height="14" aria-hidden="true"><path fill="none" stroke="currentColor" stroke-width="2" d="M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12Z"/><circle cx="12" cy="12" r="3" fill="currentColor"/></svg>';

function messageNode(message, follows) {
  const user = userById().get(message.user), at = new Date(Number(message.ts) * 1000), context = messageContext(message);
  const onlyYou = message.whisper && el('p', { class: 'only-you' });
  if (onlyYou) onlyYou.innerHTML = `${EYE}<span>Only visible to you</span>`;
  if (message.subtype) return el('article', { class: 'message told' }, el('span', {}), el('span', { class: 'when-more', 'aria-hidden': 'true' }, clock(at)), el('div', { class: 'body dim' }, mrkdwn(message.text, context)));
  const typed = message.whisper && message.command && el('p', { class: 'typed' }, `You used `, el('code', {}, `${message.command} ${message.command_text ?? ''}`.trim()));
  return el('article', { class: ['message', message.whisper && 'whisper', message.reply && 'thread', follows && 'more'].filter(Boolean).join(' ') },
    onlyYou, avatar(user), el('span', { class: 'when-more', 'aria-hidden': 'true' }, clock(at)),
    el('div', { class: 'body' },
      el('div', { class: 'who' }, el('b', {}, user?.is_bot ? 'opsgate' : user?.real_name ?? message.user), user?.is_bot && el('span', { class: 'app' }, 'APP'), el('time', { datetime: at.toISOString(), title: at.toLocaleString('en-GB') }, clock(at))),
      message.pinned_to && el('p', { class: 'pinned' }, emoji('pushpin'), ' Pinned'),
      typed,
      message.blocks ? blocks(message.blocks, context) : mrkdwn(message.text, context),
      ...(message.files ?? []).map(file => el('details', { class: 'file' }, el('summary', {}, el('b', {}, file.title ?? file.name), el('span', { class: 'dim' }, ` ${file.name}, ${file.size} bytes`)), el('pre', {}, file.preview))),
      message.edits?.length && !message.blocks ? el('span', { class: 'edited' }, '(edited)') : null,
      message.reactions && el('div', { class: 'reactions' }, ...message.reactions.map(one => el('span', { class: 'chip', title: one.users.map(id => userById().get(id)?.name ?? id).join(', ') }, emoji(one.name), ` ${one.count}`)))),
    message.whisper ? null : messageActions(message, view.channel, view.user, post));
}

// Keeps the node of a message that did not change, so that scrolling, focus and selection survive.
const nodes = new Map();
function drawMessages() {
  if (view.channel === HOME) return;
  const scroller = $('scroller'), atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;
  const list = visibleMessages(), wanted = [];
  let before = null, day = '';
  for (const message of list) {
    if (message.replies) {
      wanted.push(nodeFor(`thread ${view.channel} ${message.ts}`, JSON.stringify([message.replies.length, message.replies.at(-1).ts, view.threads.has(message.ts)]), () => threadNode(message)));
      before = null;
      continue;
    }
    const at = new Date(Number(message.ts) * 1000), name = at.toDateString();
    if (name !== day && !message.reply) {
      day = name;
      wanted.push(nodeFor(`day ${view.channel} ${name}`, name, () => el('div', { class: 'day' }, name === new Date().toDateString() ? 'Today' : at.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' }))));
    }
    const follows = before && before.user === message.user && !!before.whisper === !!message.whisper && !before.subtype && !message.subtype && !message.pinned_to && !message.blocks && !message.command && before.reply === message.reply && Number(message.ts) - Number(before.ts) < GROUP_SECONDS;
    wanted.push(nodeFor(`${view.channel} ${message.ts} ${!!message.whisper}`, JSON.stringify([message, follows]), () => messageNode(message, follows)));
    before = message;
  }
  const box = $('messages');
  const kept = new Set(wanted);
  for (const node of [...box.children]) if (!kept.has(node)) node.remove();
  wanted.forEach((node, index) => { if (box.children[index] !== node) box.insertBefore(node, box.children[index] ?? null); }); // what stands where it stood keeps its focus
  if (atEnd || view.toEnd) scroller.scrollTop = scroller.scrollHeight;
  view.toEnd = false;
}

function nodeFor(key, value, make) {
  const known = nodes.get(key);
  if (known?.value === value) return known.node;
  const node = make();
  if (known) {
    const action = known.node.contains(document.activeElement) ? document.activeElement.dataset.action : null;
    node.classList.add('flash');
    if (action) requestAnimationFrame(() => (node.querySelector(`[data-action="${CSS.escape(action)}"]`) ?? $('composer')).focus());
  }
  nodes.set(key, { value, node });
  return node;
}

// ---- doing ----

function openChannel(id) {
  view.channel = id;
  view.toEnd = true;
  history.replaceState(null, '', `#${id}`);
  if (id === HOME) openHome(view.user, post);
  if (view.state) draw(view.calls);
}

function note(text) { // Slackbot's own words, which no app sees
  view.notes.push({ ts: String(Date.now() / 1000), user: 'USLACKBOT', for: view.user, channel: view.channel, text, whisper: true });
  drawMessages();
}

// A card that changed while its dialog was open is pressed as it was when the dialog opened.
async function pressed(message, element) {
  const { channel, user } = view;
  const answer = await press(message, element, messageContext(message), () =>
    post('slack/action', { user, channel, ts: message.ts, action_id: element.action_id, edits: message.edits?.length ?? 0 }));
  if (answer && element.confirm && /^https?:/.test(element.url)) window.open(element.url, '_blank', 'noreferrer');
  if (answer?.ok === false) note(`That button was not pressed: ${answer.error}.`);
}

async function send(text) {
  const [command, ...rest] = text.split(' ');
  view.history.push(text);
  sessionStorage.setItem('typed', JSON.stringify(view.history.slice(-50)));
  view.recall = view.history.length;
  view.toEnd = true;
  if (!text.startsWith('/')) return say(text);
  if (!view.state.slack.commands.some(known => known.command === command))
    return note(`\`${command}\` is not a valid command. In Slack, everything that starts with "/" is a command.`);
  view.waiting++;
  drawUsage();
  const answer = await post('slack/command', { user: view.user, channel: view.channel, command, text: rest.join(' ').trim() });
  view.waiting--;
  drawUsage();
  if (answer.status === 0 && answer.error !== 'operation_timeout') note(`opsgate did not answer at ${view.state.opsgate} (${answer.error}). Is it running?`);
}

// The app hears what is said to it: mentions, and direct messages. Answers stand in a thread below, which opens for who asked.
async function say(text) {
  const direct = !!channelById().get(view.channel).is_im;
  if (!direct && !/(^|\s)@opsgate\b/.test(text)) return post('slack/message', { user: view.user, channel: view.channel, text: escapeText(text) });
  const answer = await post('slack/say', { user: view.user, text, ...(direct ? { direct } : { channel: view.channel }) });
  if (!direct && answer.ts) view.threads.add(answer.ts);
  if (answer.answers?.every(one => one.status !== 200)) note(`opsgate did not take that (${answer.answers[0].error ?? `it answered ${answer.answers[0].status}`}). Is it running?`);
  drawMessages();
}

// As Slack's client does: the three characters, then mentions of people and channels.
function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    .replace(/(^|\s)@(\w+)/g, (whole, space, name) => { const user = view.state.slack.users.find(one => one.name === name); return user ? `${space}<@${user.id}>` : whole; })
    .replace(/(^|\s)#([\w-]+)/g, (whole, space, name) => { const channel = view.state.slack.channels.find(one => one.name === name); return channel ? `${space}<#${channel.id}>` : whole; });
}

// ---- the composer ----

const composer = $('composer');

function fill(text) {
  composer.value = text;
  composer.focus();
  composer.setSelectionRange(text.length, text.length);
  onTyped();
}

function suggested() {
  const text = composer.value;
  if (!/^\/\S*$/.test(text) || !view.state) return [];
  return view.state.slack.commands.filter(known => known.command.startsWith(text));
}

function drawSuggestions() {
  const list = view.dismissed === composer.value ? [] : suggested();
  view.suggestion = Math.min(view.suggestion, Math.max(0, list.length - 1));
  $('suggestions').hidden = list.length === 0;
  composer.setAttribute('aria-expanded', String(list.length > 0));
  $('suggestions').replaceChildren(...list.map((known, index) => el('li', { role: 'option', id: `suggestion-${index}`, 'aria-selected': String(index === view.suggestion), onmousedown: event => { event.preventDefault(); fill(`${known.command} `); } },
    el('b', {}, known.command), el('code', {}, known.usage), el('span', {}, known.summary))));
  if (list.length) composer.setAttribute('aria-activedescendant', `suggestion-${view.suggestion}`);
  else composer.removeAttribute('aria-activedescendant');
}

function drawUsage() {
  const known = view.state?.slack.commands.find(one => composer.value.startsWith(`${one.command} `));
  if (view.waiting) $('usage').replaceChildren('opsgate is thinking …');
  else if (known) $('usage').replaceChildren(el('code', {}, `${known.command} ${known.usage}`), ` — ${known.summary}`);
  else $('usage').replaceChildren();
}

function onTyped() {
  composer.style.height = 'auto';
  composer.style.height = `${composer.scrollHeight}px`;
  $('send').classList.toggle('ready', composer.value.trim() !== '');
  drawSuggestions();
  drawUsage();
}

function submit() {
  const text = composer.value.trim();
  if (!text) return;
  composer.value = '';
  onTyped();
  send(text);
}

function recall(step) {
  const to = view.recall + step;
  if (to < 0 || to > view.history.length) return;
  view.recall = to;
  fill(view.history[to] ?? '');
  view.dismissed = composer.value;
  drawSuggestions();
}

// Keys while the list of commands is open. True: the key was taken.
function onSuggestionKey(event) {
  const list = $('suggestions').hidden ? [] : suggested();
  if (!list.length) return false;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    view.suggestion = (view.suggestion + (event.key === 'ArrowDown' ? 1 : list.length - 1)) % list.length;
    drawSuggestions();
    return true;
  }
  if (event.key === 'Escape') {
    view.dismissed = composer.value;
    drawSuggestions();
    return true;
  }
  const complete = event.key === 'Tab' || (event.key === 'Enter' && list[view.suggestion].command !== composer.value);
  if (complete && !event.shiftKey) fill(`${list[view.suggestion].command} `);
  return complete && !event.shiftKey;
}

composer.addEventListener('input', () => { view.suggestion = 0; view.dismissed = null; onTyped(); });
composer.addEventListener('keydown', event => {
  const recalled = composer.value === (view.history[view.recall] ?? '');
  if (event.isComposing || event.altKey) return;
  if (onSuggestionKey(event)) event.preventDefault();
  else if (event.key === 'Enter' && !event.shiftKey) { event.preventDefault(); submit(); }
  else if (event.key === 'ArrowUp' && recalled) { event.preventDefault(); recall(-1); }
  else if (event.key === 'ArrowDown' && recalled) { event.preventDefault(); recall(1); }
});
$('form').addEventListener('submit', event => { event.preventDefault(); submit(); composer.focus(); });

// ---- channels by keyboard, people, the rest ----

function stepChannel(step, focus) {
  const ids = [HOME, ...rooms().map(channel => channel.id)];
  openChannel(ids[(ids.indexOf(view.channel) + step + ids.length) % ids.length]);
  if (focus) document.querySelector('nav [aria-current]')?.focus();
}

$('channels').addEventListener('keydown', event => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return;
  event.preventDefault();
  stepChannel(step, true);
});
document.addEventListener('keydown', event => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && event.altKey) { event.preventDefault(); stepChannel(step, false); }
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName) || $('confirm').open || $('modal').open;
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); fill('/'); }
});
$('user').addEventListener('change', event => {
  view.user = event.target.value;
  localStorage.setItem('user', view.user);
  view.toEnd = true;
  if (view.channel === HOME) openHome(view.user, post);
  draw(view.calls);
});
$('reset').addEventListener('click', async () => {
  if (!await confirmed({ title: { text: 'Start over?' }, text: { type: 'plain_text', text: 'All messages, revisions and calls of this simulated world are forgotten. The world begins as it did at the start; opsgate is not told, and what it is at may wait in vain.' }, confirm: { text: 'Start over' }, deny: { text: 'Keep it' }, style: 'danger' })) return;
  view.notes = []; view.calls = []; view.seen.clear(); view.threads.clear(); nodes.clear();
  await post('reset', {});
});
function showCloud(open) { // only where there is no room for it beside the channel
  $('cloud').classList.toggle('open', open);
  $('cloud-toggle').setAttribute('aria-expanded', String(open));
  (open ? $('cloud-close') : $('cloud-toggle')).focus();
}
$('cloud-toggle').addEventListener('click', () => showCloud(true));
$('cloud-close').addEventListener('click', () => showCloud(false));
$('cloud').addEventListener('keydown', event => { if (event.key === 'Escape' && $('cloud').classList.contains('open')) showCloud(false); });
window.addEventListener('hashchange', () => openChannel(location.hash.slice(1)));

view.recall = view.history.length;
view.toEnd = true;
if (STILL === null && view.channel === HOME) openHome(view.user, post);
if (STILL === null) listen();
else refresh().then(() => $(`${STILL}-section`)?.scrollIntoView());
composer.focus();
