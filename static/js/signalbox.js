// Everything in this file is an enhancement: each feature has a plain link, form or native element
// that works when the file does not load. No eval, no inline handlers, no innerHTML.
(() => {
  const root = document.documentElement;
  root.classList.add('js');

  // Browser storage may be forbidden; then a choice lasts as long as the page.
  const store = {
    get: key => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* private mode */ } },
  };

  // The single live region.
  const announce = text => {
    const region = document.getElementById('announce');
    if (!region) return;
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
  };

  // Theme: the server keeps it in a cookie and renders data-theme; here it also applies at once.
  document.addEventListener('submit', event => {
    const form = event.target.closest?.('[data-theme-form]');
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const body = new URLSearchParams(new FormData(form));
    body.set('theme', theme);
    fetch(form.action, { method: 'POST', body, headers: { 'HX-Request': 'true' } }).then(answer => {
      if (!answer.ok) { form.submit(); return; }
      if (theme === 'light' || theme === 'dark') root.dataset.theme = theme; else delete root.dataset.theme;
      form.querySelectorAll('[name="theme"]').forEach(b => b.setAttribute('aria-pressed', String(b.value === theme)));
    }, () => form.submit());
  });

  // Dialogs arrive as <dialog open> (usable without script); upgrade them to modal ones.
  const upgrade = scope => scope.querySelectorAll?.('dialog[open][data-modal]').forEach(dialog => {
    if (dialog.matches(':modal')) return;
    dialog.close();
    dialog.showModal();
    // After a refused answer the summary of errors comes first; otherwise the heading, or the one
    // field of a short dialog where no on-screen keyboard would jump up.
    (dialog.querySelector('.error-summary')
      || (matchMedia('(pointer: fine)').matches && dialog.querySelector('[data-autofocus]'))
      || dialog.querySelector('h2'))?.focus();
  });
  // A dialog that came with the page has nothing behind it: closing it means going to where its link leads.
  const standsAlone = document.querySelector('dialog[open][data-modal]') !== null;
  upgrade(document);
  document.querySelector('main .error-summary[data-focus]')?.focus();
  document.addEventListener('htmx:afterSettle', event => upgrade(event.target));

  // A graph that is wider than its frame begins where there is something to see: at what is edited, wrong or different,
  // else at its first step. At its left edge a narrow screen would show lines alone.
  const telling = ['[data-state]', '[data-diff="added"]', '[data-diff="removed"]', '[data-diff="changed"]'].map(s => `.node${s}`).join();
  const point = scope => scope.querySelectorAll?.('.graph-scroll').forEach(frame => {
    if (frame.scrollWidth <= frame.clientWidth) return;
    const node = frame.querySelector(telling) || frame.querySelector('.node');
    if (!node) return;
    const [box, around] = [node, frame].map(part => part.getBoundingClientRect());
    frame.scrollLeft += box.left + box.width / 2 - around.left - around.width / 2;
  });
  point(document);
  document.addEventListener('htmx:afterSettle', event => point(event.target));

  // Cancel and Close are links to the page behind (no script). A modal that was opened over that page just closes.
  document.addEventListener('click', event => {
    const link = event.target.closest?.('a[data-dialog-close]');
    const dialog = link?.closest('dialog:modal');
    if (!dialog || standsAlone) return;
    event.preventDefault();
    dialog.close();
  });
  if (standsAlone) document.addEventListener('cancel', event => {
    const link = event.target.querySelector?.('a[data-dialog-close]');
    if (link) { event.preventDefault(); location.assign(link.href); }
  }, true);

  // What was unfolded stays unfolded when a live region is replaced.
  const open = new Set();
  for (const swap of ['htmx:beforeSwap', 'htmx:oobBeforeSwap']) document.addEventListener(swap, event => event.target.querySelectorAll?.('details[id]').forEach(d => { if (d.open) open.add(d.id); else open.delete(d.id); }));
  for (const settled of ['htmx:oobAfterSwap', 'htmx:afterSettle']) document.addEventListener(settled, () => open.forEach(id => { const d = document.getElementById(id); if (d && !d.open) d.open = true; }));

  // command / commandfor for browsers without invoker commands.
  if (!('commandForElement' in HTMLButtonElement.prototype)) document.addEventListener('click', event => {
    const button = event.target.closest?.('button[commandfor]');
    if (!button) return;
    const dialog = document.getElementById(button.getAttribute('commandfor'));
    if (button.getAttribute('command') === 'show-modal') dialog?.showModal(); else dialog?.close();
  });

  // An answer that cannot be shown in place (a fault, a lost connection, an ended session) is said, never dropped.
  const refused = text => {
    const flash = document.getElementById('flash');
    if (flash) {
      const box = document.createElement('div');
      box.className = 'banner';
      box.dataset.kind = 'bad';
      const body = document.createElement('div');
      body.className = 'banner-body';
      const line = document.createElement('p');
      line.textContent = text;
      body.append(line);
      box.append(body);
      flash.replaceChildren(box);
    }
    announce(text);
  };
  let lost = false;
  document.addEventListener('htmx:sendError', () => { if (!lost) refused('The server did not answer. What you see may be out of date; nothing was sent twice.'); lost = true; });
  document.addEventListener('htmx:afterOnLoad', () => { if (lost) { lost = false; document.getElementById('flash')?.replaceChildren(); announce('The connection is back.'); } });
  document.addEventListener('htmx:responseError', event => {
    const status = event.detail.xhr.status;
    if (status === 401) { location.assign('/sign-in?next=' + encodeURIComponent(location.pathname + location.search)); return; }
    if (event.detail.requestConfig?.verb !== 'get') refused(`Nothing was changed: the server answered ${status}. Reload the page and try again.`);
  });

  // Compare: keep at most two boxes ticked and say how many are.
  document.querySelectorAll('[data-compare]').forEach(form => {
    const boxes = () => [...form.elements].filter(b => b.name === 'v');
    const words = form.querySelector('[data-compare-count]');
    const order = boxes().filter(b => b.checked);
    const say = () => {
      const numbers = order.map(b => Number(b.value)).sort((a, b) => a - b);
      if (words) words.textContent = numbers.length === 2 ? `Compare v${numbers[0]} and v${numbers[1]}` : 'Compare';
    };
    document.addEventListener('change', event => {
      if (!boxes().includes(event.target)) return;
      if (event.target.checked) {
        order.push(event.target);
        if (order.length > 2) order.shift().checked = false;
      } else order.splice(order.indexOf(event.target), 1);
      say();
    });
    say();
  });

  // Buttons that copy what stands beside them; without script the field can be selected by hand.
  document.addEventListener('click', event => {
    const button = event.target.closest?.('[data-copy]');
    const field = button && document.getElementById(button.dataset.copy);
    if (!field) return;
    field.select?.();
    navigator.clipboard?.writeText(field.value).then(() => announce('Copied.'), () => announce('Selected. Press the copy keys of your system.'));
  });

  // The words of the deploy button follow the ticked environments and the share; the slider follows the number.
  const follow = form => {
    const button = form.querySelector('[data-deploy-words]');
    const how = form.querySelector('[name="rollout"]:checked')?.value;
    const percent = form.querySelector('#percent');
    const typed = Number((percent?.value ?? '').replace(',', '.').replace('%', ''));
    const share = how === 'percent' && typed > 0 && typed < 100 ? `${typed}%` : how === 'plan' ? form.querySelector('#plan')?.selectedOptions[0]?.dataset.first : '';
    const names = [...form.querySelectorAll('[name="environment"]:checked')].map(b => b.dataset.name).join(' and ');
    if (button) button.textContent = `Deploy ${button.dataset.deployWords}` + (share ? ` to ${share}` + (names ? ` in ${names}` : '') : names ? ` to ${names}` : '');
    const box = form.querySelector('[data-percent]');
    const day = Number(box?.dataset.aDay ?? 0);
    const text = form.querySelector('[data-percent-text]');
    if (text && day > 0 && typed > 0) text.textContent = `About ${Math.round(day * Math.min(typed, 100) / 100).toLocaleString('en')} of ${day.toLocaleString('en')} new runs a day.`;
  };
  document.addEventListener('input', event => {
    const box = event.target.closest?.('[data-percent]');
    if (!box) return;
    const [slider, number] = [box.querySelector('[type="range"]'), box.querySelector('#percent')];
    if (event.target === slider) number.value = slider.value; else slider.value = number.value;
    follow(box.closest('form'));
  });
  document.addEventListener('change', event => {
    const form = event.target.closest?.('[data-deploy]');
    if (form) follow(form);
  });

  // Keyboard. Single keys can be switched off (WCAG 2.1.4) and never fire inside a field.
  const places = { d: 'dashboard', r: 'runs', o: 'rollouts', e: 'environments', h: 'history', b: 'bin', u: 'people' };
  let pending = 0;
  let on = store.get('signalbox.shortcuts') !== 'off';
  const toggle = document.querySelector('[data-shortcuts-toggle]');
  if (toggle) {
    toggle.checked = on;
    toggle.addEventListener('change', () => { on = toggle.checked; store.set('signalbox.shortcuts', on ? 'on' : 'off'); });
  }
  const field = 'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]';
  document.addEventListener('keydown', event => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(field) || document.querySelector('dialog:modal')) return;
    const key = event.key;
    const row = document.activeElement?.closest?.('[data-rows] tbody tr');
    if (pending && Date.now() - pending < 1200) {
      pending = 0;
      document.querySelector(`.side-nav [data-go="${CSS.escape(places[key] ?? '')}"]`)?.click();
      return;
    }
    if (key === 'g') pending = Date.now();
    else if (key === '/') { event.preventDefault(); document.getElementById('q')?.focus(); }
    else if (key === '?') document.getElementById('shortcuts')?.showModal();
    else if (key === 'j' || key === 'k') {
      const rows = [...document.querySelectorAll('[data-rows] tbody tr')];
      const at = rows.indexOf(row);
      rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + (key === 'j' ? 1 : -1)))]?.querySelector('a')?.focus();
    }
    else if (key === 'x') row?.querySelector('input[name="v"]')?.click();
    else if (key === '.') row?.querySelector('.row-menu')?.click();
    else if (key === 'c') document.querySelector('[data-compare] [type="submit"]')?.click();
  });
})();
