// live.js - what has changed, as it changes: server-sent events. Whoever is not connected is told so, and tries again.

const FIRST_WAIT_MS = 1000,
  LONGEST_WAIT_MS = 15000;
const DOUBT_MS = 2500; // opsgate ends a stream now and then, and the browser is back before anybody has to know

// on: { state(isGood), changed(what), again() }. `again`: what was missed meanwhile is not known, so all is read anew.
export function follow(on) {
  let source = null,
    timer = 0,
    doubt = 0,
    wait = FIRST_WAIT_MS,
    good = null,
    ended = false;

  function tell(isGood) {
    clearTimeout(doubt);
    doubt = 0;
    if (good !== isGood) on.state(isGood);
    good = isGood;
  }

  // A stream that has only ended is taken up again by the browser itself; one that was refused is not.
  function onError() {
    doubt = doubt || setTimeout(() => tell(false), good ? DOUBT_MS : 0);
    if (ended || source.readyState !== EventSource.CLOSED) return;
    clearTimeout(timer);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function read(event) {
    try {
      return JSON.parse(event.data);
    } catch {
      return {};
    }
  }

  function open() {
    source = new EventSource('/api/v1/events');
    source.addEventListener('hello', event => {
      const was = good;
      wait = FIRST_WAIT_MS;
      tell(true);
      if (was === false || (was && read(event).missed)) on.again();
    });
    source.addEventListener('changed', event => on.changed(read(event)));
    source.addEventListener('error', onError);
  }

  open();
  return {
    end() {
      ended = true;
      clearTimeout(timer);
      clearTimeout(doubt);
      source.close();
    },
  };
}
