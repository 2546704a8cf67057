// The mails that came, newest first: from whom, to whom, and, when one is opened, what it says.
import { el } from './slack.js';

let shown = '';
const keyOf = mail => `${mail.n} ${mail.message_id}`; // a mail that is sent twice is two

function mailPart(mail, open) {
  return el('li', {}, el('details', { 'data-mail': keyOf(mail), open },
    el('summary', { title: 'opens the mail' }, el('b', {}, mail.subject), ' ', el('span', { class: 'dim' }, `${mail.from} to ${mail.to.join(', ')}`)),
    el('pre', {}, mail.text)));
}

export function drawMail({ mails }, allOpen) { // allOpen: for a picture
  const now = JSON.stringify(mails.map(keyOf)), list = document.getElementById('mail');
  if (now === shown) return;
  shown = now;
  const open = new Set([...list.querySelectorAll('details[open]')].map(node => node.dataset.mail)); // what is open stays open
  document.getElementById('mail-section').hidden = mails.length === 0;
  list.replaceChildren(...[...mails].reverse().map(mail => mailPart(mail, allOpen || open.has(keyOf(mail)))));
}
