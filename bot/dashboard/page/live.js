// live.js - what has changed, as it changes: server-sent events. Whoever is not connected is told so, and tries again.

const FIRST_WAIT_MS = 1000, LONGEST_WAIT_MS = 15000;

// on: { state(isGood, since), changed(what), again() }. `again`: what was missed meanwhile is not known, so all is read anew.
export function follow(on) {
  let source = null, timer = 0, wait = FIRST_WAIT_MS, good = null, ended = false;

  function tell(isGood) {
    if (good !== isGood) on.state(isGood, new Date());
    good = isGood;
  }

  function retry() {
    source.close();
    tell(false);
    if (ended) return;
    clearTimeout(timer);
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }

  function open() {
    const was = good;
    source = new EventSource('/api/v1/events');
    source.addEventListener('hello', () => {
      wait = FIRST_WAIT_MS;
      tell(true);
      if (was === false) on.again();
    });
    source.addEventListener('changed', event => {
      let what;
      try {
        what = JSON.parse(event.data);
      } catch {
        return;
      }
      on.changed(what);
    });
    source.addEventListener('error', retry);
  }

  open();
  return {
    end() {
      ended = true;
      clearTimeout(timer);
      source.close();
    },
  };
}
