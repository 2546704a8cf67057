// What keeps somebody from using the page who does not see it well, or has no mouse: a list of sentences, empty when nothing does.
// By WCAG 2.2: names and roles (4.1.2, 1.1.1, 3.3.2), structure (1.3.1, 2.4.1, 2.4.6), contrast (1.4.3), reflow (1.4.10), focus (2.4.7).
(() => {
  const found = [];
  const wrong = (what, node) =>
    found.push(
      `${what}: ${node ? `<${node.tagName.toLowerCase()}${node.id ? ` #${node.id}` : ''} ${node.className.baseVal ?? node.className}> ${(node.textContent || '').trim().slice(0, 40)}` : ''}`,
    );
  const all = selector => [...document.querySelectorAll(selector)];
  const isShown = node => node.checkVisibility({ visibilityProperty: true }) && !node.closest('.unseen, .skip');
  const nameOf = node => {
    const by = node.getAttribute('aria-labelledby');
    if (by)
      return by
        .split(' ')
        .map(id => document.getElementById(id)?.textContent || '')
        .join(' ')
        .trim();
    const own =
      node.getAttribute('aria-label') || (node.labels && [...node.labels].map(label => label.textContent).join(' '));
    return (
      (own || node.textContent || node.getAttribute('alt') || node.getAttribute('title') || '').trim() ||
      [...node.querySelectorAll('img[alt]')]
        .map(img => img.alt)
        .join('')
        .trim()
    );
  };

  // ---- structure ----
  if (!document.documentElement.lang) wrong('no language');
  if (!document.title.trim()) wrong('no title');
  if (all('main').length !== 1) wrong('not one main');
  if (all('h1').filter(isShown).length !== 1) wrong('not one h1');
  all('h1, h2, h3, h4')
    .filter(isShown)
    .reduce((before, heading) => {
      const level = Number(heading.tagName[1]);
      if (level > before + 1) wrong('a heading skips a level', heading);
      return level;
    }, 0);
  for (const nav of all('nav, section, [role=group]').filter(isShown))
    if (!nav.getAttribute('aria-label') && !nav.getAttribute('aria-labelledby'))
      wrong('a landmark or group without a name', nav);
  for (const list of all('ul, ol'))
    if ([...list.children].some(child => child.tagName !== 'LI')) wrong('a list with something else than items', list);
  for (const item of all('li')) if (!item.closest('ul, ol')) wrong('an item without a list', item);
  for (const list of all('dl'))
    if ([...list.children].some(child => child.tagName !== 'DIV' || child.firstElementChild?.tagName !== 'DT'))
      wrong('a list of facts with something else', list);
  for (const table of all('table')) {
    if (!table.caption || !table.caption.textContent.trim()) wrong('a table without a caption', table);
    for (const head of table.querySelectorAll('th'))
      if (!head.scope || !head.textContent.trim()) wrong('a header of nothing', head);
  }
  const ids = all('[id]').map(node => node.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) wrong(`the id ${id} twice`);
  for (const node of all('[aria-labelledby], [aria-describedby]'))
    for (const id of `${node.getAttribute('aria-labelledby') || ''} ${node.getAttribute('aria-describedby') || ''}`
      .trim()
      .split(/\s+/))
      if (!document.getElementById(id)) wrong(`there is no ${id}`, node);

  // ---- names ----
  for (const node of all('a[href], button, summary, input, select, textarea, progress, dialog[open]').filter(isShown))
    if (!nameOf(node)) wrong('no name', node);
  for (const input of all('input, select, textarea'))
    if (!input.labels.length && !input.getAttribute('aria-label')) wrong('no label', input);
  for (const node of all('button[aria-label]').filter(isShown))
    if (/\w/.test(node.textContent) && !node.getAttribute('aria-label').includes(node.textContent.trim()))
      wrong('a name without what is to be read', node);
  for (const node of all('.scroll, pre').filter(isShown))
    if (node.scrollWidth > node.clientWidth + 1 && node.tabIndex < 0 && !node.querySelector('a, button'))
      wrong('scrolled by a mouse alone', node);
  for (const image of all('img')) if (!image.hasAttribute('alt')) wrong('no text in its place', image);
  for (const image of all('main svg'))
    if (image.getAttribute('role') !== 'img' || !image.getAttribute('aria-label'))
      wrong('a drawing without words', image);
  for (const node of all('[tabindex]')) if (node.tabIndex > 0) wrong('an order of its own', node);
  for (const node of all('[onclick], [style]')) wrong('a script or a style within', node);
  for (const node of all('[aria-hidden=true] a, [aria-hidden=true] button, [aria-hidden=true] input'))
    wrong('hidden, and can be focused', node);

  // ---- sizes ----
  for (const node of all('button, input, nav a, .button').filter(isShown)) {
    const box = node.getBoundingClientRect();
    if (box.height < 24 || box.width < 24)
      wrong(`too small to hit, ${Math.round(box.width)} by ${Math.round(box.height)}`, node);
  }
  if (document.documentElement.scrollWidth > innerWidth)
    wrong(
      'the page scrolls sideways',
      all('body *').find(
        node => node.getBoundingClientRect().right > innerWidth + 1 && !node.closest('.scroll, #nav, pre'),
      ),
    );

  // ---- contrast ----
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const colour = text => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const light = ({ r, g, b }) =>
    [r, g, b]
      .map(part => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
      .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(colour(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), colour('Canvas'));
  };
  const seen = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const node = text.parentElement;
    if (!text.nodeValue.trim() || !isShown(node) || node.closest(':disabled, noscript, script')) continue;
    const style = getComputedStyle(node),
      isDrawn = node.closest('svg');
    for (let at = node; at; at = at.parentElement)
      if (getComputedStyle(at).opacity !== '1') wrong('see-through text', node);
    const below = ground(isDrawn ? isDrawn.parentElement : node),
      top = over(colour(isDrawn ? style.fill : style.color), below);
    const [a, b] = [light(top), light(below)],
      ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize),
      isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const key = `${style.color} ${JSON.stringify(below)}`;
    if (ratio < (isLarge ? 3 : 4.5) && !seen.has(key)) wrong(`contrast ${ratio.toFixed(2)}`, node);
    seen.set(key, true);
  }
  for (const input of all('input').filter(isShown)) {
    const hint = colour(getComputedStyle(input, '::placeholder').color),
      below = ground(input),
      [a, b] = [light(over(hint, below)), light(below)];
    if (input.placeholder && (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5)
      wrong('a hint that is hard to read', input);
  }
  return found;
})();
