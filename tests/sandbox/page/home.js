// The Home tab of opsgate, as it was published for whoever looks: a page in the place of a channel's messages.
import { blocks, el } from './slack.js';
import { press, pressAttributes } from './press.js';

export const HOME = 'home'; // in the place of a channel's id

const $ = id => document.getElementById(id);
let drawn = '';

// Slack tells the app whenever somebody opens it, and shows what stood there until then.
export function openHome(user, post) {
  post('slack/event', { type: 'app_home_opened', user, fields: { tab: 'home', channel: 'D0HOME' } });
}

// Buttons of one block are alike to those of another: so each block is a message of its own to whoever presses.
function contextOf(block, user, context, post) {
  const place = { ts: `home ${block.block_id}` };
  return { ...context, pressAttributes: element => pressAttributes(place, element), press: element => press(place, element, context, () => post('slack/action', { user, home: true, block: block.block_id, action_id: element.action_id })) };
}

export function drawHome(state, user, isOpen, context, post) {
  for (const id of ['scroller', 'form']) $(id).hidden = isOpen;
  $('home').hidden = !isOpen;
  if (!isOpen) return;
  const entry = state.slack.homes.find(one => one.user === user), now = JSON.stringify([user, entry?.view]);
  if (now === drawn) return;
  drawn = now;
  $('home').replaceChildren(...entry ? entry.view.blocks.map(block => blocks([block], contextOf(block, user, context, post))) : [el('p', { class: 'dim' }, 'Nothing was published here yet.')]);
}
