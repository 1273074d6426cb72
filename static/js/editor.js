// The editor's enhancements: line numbers and colours while typing, saving by itself, Tab as spaces.
// Without this file the form saves with its button and the server marks the lines with problems.
(() => {
  // One pattern per kind of token; the first that matches at a place wins. Only looks: the server decides what is valid.
  const kinds = [
    ['note', /^#.*|^\s#.*/],
    ['expr', /^\$\{[^\n]*?\}/],
    ['key', /^(?:"[^"\n]*"|[A-Za-z_$][\w.$-]*)(?=\s*:(?:\s|$))/],
    ['str', /^"(?:[^"\\\n]|\\.)*"|^'(?:[^'\n]|'')*'/],
    ['num', /^-?\d+(?:\.\d+)?(?=[\s,\]}]|$)|^(?:true|false|null)(?=[\s,\]}]|$)/],
  ];
  const tokens = line => {
    const out = [];
    let plain = '';
    let rest = line;
    while (rest) {
      let kind = null;
      let text = '';
      const fresh = plain ? /[\s[{(,]$/.test(plain) : out.length === 0;
      for (const [name, pattern] of fresh ? kinds : [kinds[1]]) {
        const found = pattern.exec(rest);
        if (found) { kind = name; text = found[0]; break; }
      }
      if (!kind) { plain += rest[0]; rest = rest.slice(1); continue; }
      if (plain) out.push([null, plain]);
      out.push([kind, text]);
      plain = '';
      rest = rest.slice(text.length);
    }
    if (plain) out.push([null, plain]);
    return out;
  };

  document.querySelectorAll('.text-edit').forEach(box => {
    const area = box.querySelector('textarea');
    const paint = box.querySelector('.paint');
    const gutter = box.querySelector('.gutter');
    const problems = new Set((box.dataset.problems ?? '').split(' ').filter(Boolean).map(Number));
    if (!area || !paint || !gutter) return;
    // Past this size colours cost more than they help.
    const limit = 200_000;
    const draw = () => {
      const lines = area.value.split('\n');
      const numbers = document.createDocumentFragment();
      lines.forEach((_, i) => {
        const n = document.createElement(problems.has(i + 1) ? 'b' : 'span');
        n.textContent = `${i + 1}\n`;
        numbers.append(n);
      });
      gutter.replaceChildren(numbers);
      if (area.value.length > limit) { delete box.dataset.painted; return; }
      const sheet = document.createDocumentFragment();
      lines.forEach((line, i) => {
        const host = problems.has(i + 1) ? document.createElement('mark') : sheet;
        for (const [kind, text] of tokens(line)) {
          if (!kind) { host.append(text); continue; }
          const span = document.createElement('span');
          span.className = `tok-${kind}`;
          span.textContent = text;
          host.append(span);
        }
        if (host !== sheet) sheet.append(host);
        sheet.append('\n');
      });
      paint.replaceChildren(sheet);
      box.dataset.painted = '';
    };
    const scroll = () => { paint.scrollTop = gutter.scrollTop = area.scrollTop; paint.scrollLeft = area.scrollLeft; };
    let frame = 0;
    area.addEventListener('input', () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(() => { draw(); scroll(); }); });
    area.addEventListener('scroll', scroll);
    // Tab indents; Escape first lets Tab leave the field, so that nobody is caught in it.
    let leaving = false;
    area.addEventListener('keydown', event => {
      if (event.key === 'Escape') { leaving = true; return; }
      if (event.key !== 'Tab' || event.shiftKey || leaving) { leaving = false; return; }
      event.preventDefault();
      area.setRangeText('  ', area.selectionStart, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    });
    draw();
    const jump = () => {
      const at = /^#line-(\d+)$/.exec(location.hash);
      if (!at) return;
      const lines = area.value.split('\n');
      const start = lines.slice(0, Number(at[1]) - 1).reduce((n, l) => n + l.length + 1, 0);
      area.focus();
      area.setSelectionRange(start, start + (lines[Number(at[1]) - 1] ?? '').length);
      area.scrollTop = Math.max(0, (Number(at[1]) - 4) * area.scrollHeight / lines.length);
      scroll();
    };
    addEventListener('hashchange', jump);
    jump();
  });

  // Saving by itself: one request at a time, two seconds after the last key, the same address and fields as the button.
  const form = document.querySelector('form[data-autosave]');
  if (!form) return;
  const words = document.querySelector('[data-saved-words]');
  const badge = document.querySelector('[data-saved]');
  const say = (state, text) => { if (badge) badge.dataset.state = state; if (words) words.textContent = text; };
  let timer = 0;
  let busy = false;
  let dirty = false;
  const save = async () => {
    if (busy) { dirty = true; return; }
    busy = true;
    dirty = false;
    say('saving', 'Saving…');
    const body = new URLSearchParams(new FormData(form));
    try {
      const answer = await fetch(form.dataset.autosave, { method: 'POST', body, headers: { Accept: 'application/json', 'HX-Request': 'true' } });
      if (answer.ok) {
        const saved = await answer.json();
        form.querySelectorAll('[name="expect"]').forEach(f => { f.value = saved.expect; });
        document.querySelectorAll('form [name="expect"]').forEach(f => { f.value = saved.expect; });
        // A renamed step has another pointer: what is sent next, and a reload, go there.
        form.querySelectorAll('[name="step"]').forEach(f => {
          if (f.value === saved.step) return;
          f.value = saved.step;
          history.replaceState(history.state, '', `?step=${encodeURIComponent(saved.step)}`);
        });
        say('saved', saved.words);
        document.body.dispatchEvent(new CustomEvent('signalbox:draft-saved'));
      } else if (answer.status === 409) say('failed', 'Not saved: somebody else changed this draft. Press Save to see both.');
      else if (answer.status === 401) say('failed', 'Not saved: you are signed out. Sign in in another tab, then press Save.');
      else say('failed', 'Not saved. Press Save to try again.');
    } catch { say('failed', 'Not saved: the server did not answer. Your text is still here.'); }
    busy = false;
    if (dirty) save();
  };
  form.addEventListener('input', () => { say('unsaved', 'Unsaved changes'); clearTimeout(timer); timer = setTimeout(save, 2000); });
  form.addEventListener('submit', () => { clearTimeout(timer); say('saved', 'Saving…'); });
  addEventListener('beforeunload', event => { if (['unsaved', 'failed'].includes(badge?.dataset.state)) event.preventDefault(); });
})();
