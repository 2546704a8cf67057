// PagerDuty as its own page shows it: page somebody, acknowledge, resolve; notes and status updates. And the public status page.
import { el } from './slack.js';

const SHOWN = 4;
const KINDS = { triggered: 'bad', acknowledged: 'busy', resolved: 'good', investigating: 'bad', identified: 'busy', monitoring: 'busy' };
const COMPONENTS = { operational: 'good', degraded_performance: 'busy', partial_outage: 'bad', major_outage: 'bad', under_maintenance: 'busy' };
const world = { state: null, change: null, me: null };

const clock = text => new Date(text).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
// Whoever looks, in PagerDuty: there people are called by their whole names.
const myself = () => world.state.pagerduty.users.find(user => user.summary.toLowerCase().startsWith(world.me)) ?? world.state.pagerduty.users[0];

async function ask(changes) {
  const answer = await world.change(changes).catch(() => ({ ok: false, error: 'the sandbox does not answer' }));
  document.getElementById('page-problem').textContent = answer.ok ? '' : answer.error;
  return answer.ok;
}

// ---- page somebody ----

const service = el('select', { id: 'page-service', 'aria-label': 'Service' });
const title = el('input', { id: 'page-title', type: 'text', required: true, maxlength: 200, placeholder: 'What is wrong?', 'aria-label': 'What is wrong?' });
const urgency = el('select', { id: 'page-urgency', 'aria-label': 'Urgency' }, el('option', { value: 'high' }, 'high urgency'), el('option', { value: 'low' }, 'low urgency'));

async function page(event) {
  event.preventDefault();
  if (await ask({ pagerduty: { incident: { title: title.value.trim(), service: service.value, urgency: urgency.value } } })) title.value = '';
}

function drawForm() {
  const form = document.getElementById('page-form'), services = world.state.pagerduty.services;
  if (!form.children.length) {
    form.append(title, service, urgency, el('button', { type: 'submit', class: 'quiet small' }, 'Page'));
    form.addEventListener('submit', page);
  }
  if (service.children.length !== services.length)
    service.replaceChildren(...services.map(one => el('option', { value: one.id }, one.summary)));
}

// ---- incidents in PagerDuty ----

function act(incident, says, status) {
  const button = el('button', { type: 'button', class: 'quiet small', 'data-act': `${incident.id} ${status}` }, says);
  button.addEventListener('click', () => ask({ pagerduty: { act: { incident: incident.id, by: myself().id, status } } }));
  return button;
}

const said = (who, text, at) => el('p', { class: 'said' }, el('b', {}, who ?? 'opsgate'), ` ${text} `, el('span', { class: 'dim' }, clock(at)));

function incidentPart(incident) {
  const { notes, updates } = world.state.pagerduty, isOpen = incident.status !== 'resolved';
  const called = (incident.assignments ?? []).map(one => one.assignee.summary).join(', ');
  const taken = (incident.acknowledgements ?? []).map(one => one.acknowledger?.summary).filter(Boolean).join(', ');
  const about = [incident.service?.summary, incident.urgency, incident.priority?.summary, taken ? `acknowledged by ${taken}` : called && `calls ${called}`];
  return el('li', { 'data-incident': incident.id },
    el('div', { class: 'incident-head' }, el('b', {}, `#${incident.incident_number}`), el('span', { class: 'told', title: incident.title }, incident.title),
      el('span', { class: `state ${KINDS[incident.status] ?? ''}` }, incident.status)),
    el('p', { class: 'dim' }, about.filter(Boolean).join(' · ')),
    ...(updates[incident.id] ?? []).map(update => said(update.sender?.summary, `told everybody: ${update.message}`, update.created_at)),
    ...(notes[incident.id] ?? []).map(note => said(note.user?.summary, `noted: ${note.content}`, note.created_at)),
    el('div', { class: 'incident-foot' }, incident.status === 'triggered' && act(incident, 'Acknowledge', 'acknowledged'), isOpen ? act(incident, 'Resolve', 'resolved') : act(incident, 'Reopen', 'triggered')));
}

// ---- what was changed, as whoever looks at an incident reads it ----

const changePart = change => el('li', { 'data-change': change.custom_details?.operation },
  el('p', {}, change.summary),
  el('p', { class: 'dim' }, [change.service.summary, clock(change.timestamp), change.links?.[0]?.text].filter(Boolean).join(' · ')));

// ---- the public page ----

function publicPart(incident) {
  return el('li', { 'data-public': incident.id },
    el('div', { class: 'incident-head' }, el('span', { class: 'told', title: incident.name }, incident.name), el('span', { class: 'dim' }, incident.impact), el('span', { class: `state ${KINDS[incident.status] ?? 'good'}` }, incident.status)),
    ...incident.incident_updates.map(update => el('p', { class: 'said' }, el('b', {}, update.status), ` ${update.body} `, el('span', { class: 'dim' }, `${clock(update.created_at)}${update.deliver_notifications ? ', mailed' : ''}`))));
}

const componentPart = component => el('li', { 'data-component': component.id }, el('span', {}, component.name), el('span', { class: `state ${COMPONENTS[component.status] ?? ''}` }, component.status.replaceAll('_', ' ')));

// Keeps what did not change, and the focus on a button that is drawn again.
function replace(id, key, nodes) {
  const list = document.getElementById(id), focused = list.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  if (list.dataset.shown === key) return;
  list.dataset.shown = key;
  list.replaceChildren(...nodes());
  if (focused) (list.querySelector(`[data-act="${CSS.escape(focused)}"]`) ?? list.querySelector('button'))?.focus();
}

export function drawIncidents(state, change, me) {
  const { pagerduty, statuspage } = state, incidents = pagerduty.incidents.slice(-SHOWN).reverse(), changes = pagerduty.changes.slice(-SHOWN).reverse(), told = statuspage.incidents.slice(0, SHOWN);
  Object.assign(world, { state, change, me });
  drawForm();
  document.getElementById('pages').hidden = !incidents.length;
  replace('pages', JSON.stringify([incidents, pagerduty.notes, pagerduty.updates]), () => incidents.map(incidentPart));
  document.getElementById('changes-title').hidden = document.getElementById('changes').hidden = !changes.length;
  replace('changes', JSON.stringify(changes), () => changes.map(changePart));
  document.getElementById('statuspage-section').hidden = !told.length;
  replace('components', JSON.stringify(statuspage.components), () => statuspage.components.map(componentPart));
  replace('public', JSON.stringify(told), () => told.map(publicPart));
}
