// Slack's messages as DOM: mrkdwn text and Block Kit. Text never becomes HTML; every node is made by hand.

const EMOJI = {
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', no_entry: '⛔', no_entry_sign: '🚫', warning: '⚠️', rocket: '🚀', tada: '🎉',
  hourglass: '⌛', hourglass_flowing_sand: '⏳', white_circle: '⚪', large_green_circle: '🟢', large_yellow_circle: '🟡', red_circle: '🔴',
  large_blue_circle: '🔵', black_circle: '⚫', rotating_light: '🚨', fire: '🔥', eyes: '👀', lock: '🔒', unlock: '🔓', bell: '🔔', mag: '🔍',
  information_source: 'ℹ️', question: '❓', bulb: '💡', wave: '👋', thumbsup: '👍', '+1': '👍', thumbsdown: '👎', '-1': '👎', rewind: '⏪',
  arrow_right: '➡️', arrow_left: '⬅️', arrows_counterclockwise: '🔄', leftwards_arrow_with_hook: '↩️', pause_button: '⏸️', double_vertical_bar: '⏸️',
  arrow_forward: '▶️', black_square_for_stop: '⏹️', octagonal_sign: '🛑', construction: '🚧', chart_with_upwards_trend: '📈', package: '📦',
  wrench: '🔧', hammer_and_wrench: '🛠️', memo: '📝', link: '🔗', clock1: '🕐', stopwatch: '⏱️', ship: '🚢', baby_chick: '🐤', hatching_chick: '🐣',
  pushpin: '📌', book: '📖', pager: '📟', bookmark: '🔖', telephone_receiver: '📞',
  green_heart: '💚', broken_heart: '💔', heavy_multiplication_x: '✖️', heavy_minus_sign: '➖', robot_face: '🤖', skull: '💀', raised_hand: '✋',
};
// The signs that operations use are drawn here, so that they look the same on a machine without an emoji font.
const disc = color => `<circle cx="10" cy="10" r="7.5" fill="${color}"/>`;
const tile = color => `<rect x="2" y="2" width="16" height="16" rx="4" fill="${color}"/>`;
const line = (path, color = '#fff', width = 2.4) => `<path d="${path}" fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round"/>`;
const sand = `${line('M5.5 3h9M5.5 17h9', '#b9791a', 2)}<path d="M6.5 3.5c0 4 2.6 4.6 2.6 6.5S6.5 12.5 6.5 16.5h7c0-4-2.6-4.6-2.6-6.5s2.6-2.5 2.6-6.5z" fill="#f6d48b" stroke="#b9791a" stroke-width="1.4"/><path d="M7.7 16c.3-2 1.5-2.6 2.3-3.3.8.7 2 1.3 2.3 3.3z" fill="#d08a1f"/>`;
const body = `<rect x="4" y="9" width="12" height="8.5" rx="2" fill="#e0a526"/>`;
const DRAWN = {
  white_check_mark: tile('#2ba46c') + line('M5.8 10.4l2.9 2.9 5.5-6.2'), heavy_check_mark: line('M4 10.5l4 4 8-9', '#2ba46c', 3), x: line('M5 5l10 10M15 5L5 15', '#d92c45', 3.2),
  no_entry: disc('#d92c45') + line('M6 10h8', '#fff', 3), no_entry_sign: '<circle cx="10" cy="10" r="6.8" fill="none" stroke="#d92c45" stroke-width="2.6"/>' + line('M5.3 5.3l9.4 9.4', '#d92c45', 2.6),
  warning: '<path d="M10 2.5l8 14.5H2z" fill="#f5b82e" stroke="#c98a0c" stroke-linejoin="round"/>' + line('M10 8v4M10 14.6v.1', '#4d3500', 2),
  hourglass: sand, hourglass_flowing_sand: sand, white_circle: '<circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-opacity=".45" stroke-width="2"/>',
  large_green_circle: disc('#2ba46c'), large_yellow_circle: disc('#eab42a'), red_circle: disc('#d92c45'), large_blue_circle: disc('#3b86d8'), black_circle: disc('#33313a'),
  arrows_counterclockwise: tile('#3b86d8') + line('M14 8.5A4.5 4.5 0 0 0 6 7.5M6 5v2.7h2.7M6 11.5a4.5 4.5 0 0 0 8 1M14 15v-2.7h-2.7', '#fff', 1.7),
  rewind: tile('#3b86d8') + line('M9.5 6.5L6 10l3.5 3.5M14 6.5L10.5 10l3.5 3.5', '#fff', 2), leftwards_arrow_with_hook: tile('#3b86d8') + line('M8 7L5.5 9.5 8 12M6 9.5h5.5a2.6 2.6 0 0 1 0 5.2H10', '#fff', 1.9),
  double_vertical_bar: tile('#3b86d8') + line('M8 6.5v7M12 6.5v7'), arrow_forward: tile('#3b86d8') + '<path d="M7.5 5.8l6.5 4.2-6.5 4.2z" fill="#fff"/>', black_square_for_stop: tile('#3b86d8') + '<rect x="6.5" y="6.5" width="7" height="7" rx="1" fill="#fff"/>',
  information_source: tile('#3b86d8') + line('M10 9.5v4.5M10 6.3v.1', '#fff', 2.4), octagonal_sign: '<path d="M7 2.5h6L17.5 7v6L13 17.5H7L2.5 13V7z" fill="#d92c45"/>',
  pushpin: '<path d="M7 3h6l-1 5 2.5 3h-9L8 8z" fill="#d92c45"/>' + line('M10 11v6', '#8d8592', 1.8),
  book: '<path d="M4 4.5C6 3.6 8 3.6 10 5c2-1.4 4-1.4 6-.5V16c-2-.9-4-.9-6 .5-2-1.4-4-1.4-6-.5z" fill="#3b86d8"/>' + line('M10 5v11.5', '#fff', 1.2),
  link: line('M8.5 11.5l3-3M9.5 6.5l1.7-1.7a2.8 2.8 0 0 1 4 4L13.5 10.5M10.5 13.5l-1.7 1.7a2.8 2.8 0 0 1-4-4L6.5 9.5', '#8d8592', 1.8),
  lock: line('M7 9V6.5a3 3 0 0 1 6 0V9', '#8d8592', 2) + body, unlock: line('M7 9V6a3 3 0 0 1 5.8-1', '#8d8592', 2) + body,
  rotating_light: line('M10 1.5v1.8M3.5 4l1.3 1.3M16.5 4l-1.3 1.3', '#d92c45', 1.6) + '<path d="M5 14v-3.5a5 5 0 0 1 10 0V14z" fill="#e5405a"/><rect x="3.5" y="14" width="13" height="3.5" rx="1" fill="#6b6674"/>',
  package: '<path d="M3 6.5L10 3l7 3.5v8L10 18l-7-3.5z" fill="#c99a5b"/><path d="M3 6.5L10 10l7-3.5M10 10v8" stroke="#8a6531" fill="none" stroke-width="1.2"/>',
  rocket: '<path d="M12.5 3.5C15 2.5 17 3 17 3s.5 2-.5 4.5c-.8 2-3 4.2-5.5 5.8L6.7 9C8.3 6.5 10.5 4.3 12.5 3.5z" fill="#cfd6de"/><path d="M6.7 9L3.5 9.5 5.8 6.8 8 7zM11 13.3l-.5 3.2 2.7-2.3-.2-2.2z" fill="#d92c45"/><circle cx="13.3" cy="6.7" r="1.5" fill="#3b86d8"/><path d="M6.3 11.5L3 17l5.5-3.3z" fill="#f5a52e"/>',
  tada: '<path d="M3 17.5L7.5 7l5.5 5.5z" fill="#eab42a"/>' + line('M10 6.5c0-2 .5-3 2-4M13.5 10c2 0 3-.5 4-2', '#c44fa0', 1.6) + '<circle cx="15" cy="4.5" r="1.2" fill="#3b86d8"/><circle cx="16.5" cy="12.5" r="1.1" fill="#2ba46c"/><circle cx="8" cy="3.5" r="1.1" fill="#d92c45"/>',
  eyes: '<g fill="#fff" stroke="#8d8592"><ellipse cx="6" cy="10" rx="3.6" ry="5.2"/><ellipse cx="14" cy="10" rx="3.6" ry="5.2"/></g><circle cx="5" cy="10.5" r="1.8" fill="#33313a"/><circle cx="13" cy="10.5" r="1.8" fill="#33313a"/>',
};
Object.assign(DRAWN, { pause_button: DRAWN.double_vertical_bar, heavy_multiplication_x: DRAWN.x, large_red_circle: DRAWN.red_circle });
const PALETTE = ['#7a5fd0', '#0f8f70', '#c2651b', '#2c7fc9', '#b0448d', '#8a7a1d'];

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

export function avatar(user, small = false) {
  if (user?.is_bot) return el('span', { class: small ? 'avatar small' : 'avatar', 'aria-hidden': 'true' }, el('img', { src: 'icon.svg', alt: '' }));
  const name = user?.real_name ?? '?';
  const color = user ? PALETTE[[...user.id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % PALETTE.length] : '#777';
  return el('span', { class: small ? 'avatar small' : 'avatar', 'aria-hidden': 'true', style: `background:${color}` }, name[0]);
}

const NAME_OF = new Map(Object.entries(EMOJI).filter(([name]) => DRAWN[name]).map(([name, sign]) => [sign.replace('\uFE0F', ''), name]));
const SIGNS = new RegExp(`(${[...NAME_OF.keys()].join('|')})\uFE0F?`, 'u');

export function emoji(name) {
  const node = el('span', { class: 'emoji', role: 'img', 'aria-label': name.replaceAll('_', ' ') });
  if (DRAWN[name]) node.innerHTML = `<svg viewBox="0 0 20 20" aria-hidden="true">${DRAWN[name]}</svg>`; // our own constants
  else node.textContent = EMOJI[name] ?? `:${name}:`;
  return node;
}

// Text with the signs in it drawn, whether they came as ":name:" or as characters.
function signed(text) {
  const out = document.createDocumentFragment();
  for (const part of text.split(SIGNS)) out.append(NAME_OF.has(part) ? emoji(NAME_OF.get(part)) : part);
  return out;
}

export const decode = text => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

function formatDate(content) {
  const [seconds, format, link] = content.split('^');
  const at = new Date(seconds * 1000);
  const day = options => at.toLocaleDateString('en-GB', options);
  const tokens = {
    date_num: at.toISOString().slice(0, 10), date: day({ dateStyle: 'long' }), date_short: day({ dateStyle: 'medium' }), date_long: day({ dateStyle: 'full' }),
    time: at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }), time_secs: at.toLocaleTimeString('en-GB'), ago: `${Math.round((Date.now() - at) / 60000)} min ago`,
  };
  const today = at.toDateString() === new Date().toDateString();
  for (const kind of ['date', 'date_short', 'date_long']) tokens[`${kind}_pretty`] = today ? 'today' : tokens[kind];
  const text = format.replace(/\{(\w+)\}/g, (whole, name) => tokens[name] ?? whole);
  return link ? el('a', { href: link, target: '_blank', rel: 'noreferrer' }, text) : el('time', { datetime: at.toISOString() }, text);
}

// What stands between < and >: a mention, a date or a link.
function angle(content, context) {
  const bar = content.indexOf('|');
  const target = bar < 0 ? content : content.slice(0, bar);
  const label = bar < 0 ? '' : decode(content.slice(bar + 1));
  if (/^@[UW]/.test(target)) return el('span', { class: 'mention' }, `@${context.users.get(target.slice(1))?.name ?? (label || target.slice(1))}`);
  if (target.startsWith('#')) {
    const id = target.slice(1);
    return el('button', { class: 'mention room', type: 'button', onclick: () => context.openChannel(id) }, `#${context.channels.get(id)?.name ?? (label || id)}`);
  }
  if (target.startsWith('!date^')) return formatDate(target.slice(6));
  if (target.startsWith('!')) return el('span', { class: 'mention' }, `@${label || target.slice(1).split('^')[0]}`);
  if (/^(https?:|mailto:)/.test(target)) return el('a', { href: decode(target), target: '_blank', rel: 'noreferrer' }, label || decode(target));
  return document.createTextNode(decode(`<${content}>`));
}

const INLINE = /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])|(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])|(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])|:([a-z0-9_+-]+):/g;

function inline(text, context) {
  const out = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    out.append(signed(decode(text.slice(at, match.index))));
    at = match.index + match[0].length;
    const [whole, block, code, target, bold, italic, strike, name] = match;
    if (block) out.append(el('pre', {}, decode(block.replace(/^\n|\n$/g, ''))));
    else if (code) out.append(el('code', {}, decode(code)));
    else if (target) out.append(angle(target, context));
    else if (bold) out.append(el('strong', {}, inline(bold, context)));
    else if (italic) out.append(el('em', {}, inline(italic, context)));
    else if (strike) out.append(el('s', {}, inline(strike, context)));
    else out.append(EMOJI[name] ? emoji(name) : whole);
  }
  out.append(signed(decode(text.slice(at))));
  return out;
}

// Lines that begin with ">" are quotes; the others are joined by line breaks. Code blocks may span lines.
export function mrkdwn(text, context) {
  const out = el('div', { class: 'text' });
  const parts = text.split(/(```[\s\S]+?```)/);
  for (const [at, part] of parts.entries()) {
    if (part.startsWith('```')) {
      out.append(inline(part, context));
      continue;
    }
    let quote = null; // the line breaks beside a code block are its own
    part.replace(parts[at - 1] ? /^\n/ : '', '').replace(parts[at + 1] ? /\n$/ : '', '').split('\n').forEach((line, index, lines) => {
      if (/^(&gt;|>)/.test(line)) {
        if (!quote) out.append(quote = el('blockquote'));
        else quote.append(el('br'));
        quote.append(inline(line.replace(/^(&gt;|>)\s?/, ''), context));
        return;
      }
      const after = quote;
      quote = null;
      if (index > 0 && !after) out.append(el('br'));
      if (line || index < lines.length - 1) out.append(inline(line, context));
    });
  }
  return out;
}

const plain = text => signed(decode(text).replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI[name] ?? whole));
export const objectText = (object, context) => object.type === 'mrkdwn' ? mrkdwn(object.text, context) : el('div', { class: 'text' }, plain(object.text));

// A link is a button too: it opens (after its dialog, if it has one), and the app is told.
function button(element, context) {
  const label = plain(element.text.text), attributes = { class: `button ${element.style ?? ''}`.trim(), 'aria-label': element.accessibility_label, 'data-action': element.action_id,
    'aria-haspopup': element.confirm ? 'dialog' : null, ...context.pressAttributes(element), onclick: event => { if (element.confirm) event.preventDefault(); context.press(element); } };
  if (element.url) return el('a', { ...attributes, href: /^https?:/.test(element.url) ? element.url : null, target: '_blank', rel: 'noreferrer' }, label);
  return el('button', { ...attributes, type: 'button' }, label);
}

function element(item, context) {
  if (item.type === 'button') return button(item, context);
  if (item.type === 'image') return el('img', { src: item.image_url, alt: item.alt_text });
  if (item.type === 'static_select' || item.type === 'overflow')
    return el('select', { class: 'button', 'aria-label': item.placeholder?.text ?? 'More options', disabled: true },
      ...item.options.map(option => el('option', {}, plain(option.text.text))));
  return el('span', { class: 'dim' }, `[${item.type}]`);
}

const BLOCKS = {
  header: block => el('div', { class: 'block-header', role: 'heading', 'aria-level': '4' }, plain(block.text.text)),
  section: (block, context) => el('div', { class: 'block-section' },
    block.text && objectText(block.text, context),
    block.accessory && element(block.accessory, context),
    block.fields && el('div', { class: 'fields' }, ...block.fields.map(field => objectText(field, context)))),
  context: (block, context) => el('div', { class: 'block-context' },
    ...block.elements.map(item => item.type === 'image' ? element(item, context) : objectText(item, context))),
  divider: () => el('hr'),
  actions: (block, context) => el('div', { class: 'block-actions' }, ...block.elements.map(item => element(item, context))),
  image: block => el('div', { class: 'block-image' }, el('img', { src: block.image_url, alt: block.alt_text })),
  markdown: (block, context) => mrkdwn(block.text.replaceAll('**', '*'), context),
};

export function blocks(list, context) {
  return el('div', { class: 'blocks' }, ...list.map(block => BLOCKS[block.type]?.(block, context) ?? el('div', { class: 'dim' }, `[${block.type}]`)));
}
