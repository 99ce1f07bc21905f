// The rota board: arrows, Enter, Delete, drag. Each edit is one small post, and only the cells it touched are drawn anew.
(() => {
  'use strict';
  const table = document.getElementById('board');
  if (!table) return;
  const { draft, view, csrf } = table.dataset;
  const people = view === 'people';
  const writes = 'writes' in table.dataset;
  const body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const find = (id) => document.getElementById(id);
  /** A person's row carries the id, an outlet's has it in its link. */
  const idOf = (tr) => tr.id || tr.cells[0].querySelector('a').pathname.split('/').pop();
  const rows = new Map([...body.rows].map((tr) => [idOf(tr), tr]));
  const palette = find('palette');
  const dialog = find('chooser');
  // Labels are unique on a page: a name leads to its id.
  const ids = new Map([...(palette ? palette.querySelectorAll('li') : [])].map((li) => [li.firstChild.data, li.dataset.b]));

  const dateOf = (td) => heads[td.cellIndex] && heads[td.cellIndex].dataset.d;
  const open = (td) => writes && dateOf(td) && !heads[td.cellIndex].classList.contains('f');
  const cellOf = (target) => { const td = target.closest && target.closest('td'); return td && body.contains(td) && dateOf(td) ? td : null; };
  /** Who stands in a cell, with the element that is dragged. */
  const entries = (td) => {
    const several = [...td.children].filter((e) => e.tagName === 'I');
    if (several.length) return several.map((el) => ({ label: el.firstChild.data, el }));
    const first = td.firstChild;
    return first && first.nodeType === 3 ? [{ label: first.data, el: td }] : [];
  };
  const idsOf = (td) => entries(td).map((e) => ids.get(e.label));
  /** Where somebody stands on a date, as far as the page shows. */
  const whereIs = (id, date) => {
    const at = heads.findIndex((th) => th.dataset.d === date);
    const row = [...body.rows].find((tr) => idsOf(tr.cells[at]).includes(id));
    return row ? idOf(row) : null;
  };

  let hush;
  function say(text, bad) {
    const box = find('said');
    box.textContent = text;
    box.className = bad ? 'live rsaid bad' : 'live rsaid';
    clearTimeout(hush);
    hush = setTimeout(() => { box.textContent = ''; box.className = 'live'; }, bad ? 12000 : 2500);
  }

  // --- edits
  /** `what` comes from a cell (or from the palette: `from` null) to a cell; to none: it is cleared. */
  function changesOf(id, from, to, copies) {
    const changes = [];
    const put = (broker_id, date, outlet_id, seen_outlet_id, there) => changes.push({ broker_id, date, outlet_id, seen_outlet_id, ...(there ? { seen_there: there } : {}) });
    if (people) {
      if (from && !copies) put(idOf(from.parentNode), dateOf(from), null, id);
      if (to) put(idOf(to.parentNode), dateOf(to), id, idsOf(to)[0] || null);
      return changes;
    }
    const there = to && idsOf(to);
    const known = there && there.every(Boolean) ? there : null;
    if (from && (!to || (dateOf(from) !== dateOf(to) && !copies))) put(id, dateOf(from), null, idOf(from.parentNode));
    if (to) put(id, dateOf(to), idOf(to.parentNode), from && dateOf(from) === dateOf(to) ? idOf(from.parentNode) : whereIs(id, dateOf(to)), known);
    return changes;
  }

  async function send(changes, cells, reason) {
    const why = find('why');
    const fields = { csrf, changes: JSON.stringify(changes), view: view || '', reason: reason || (why && why.value) || '' };
    if (draft) fields.draft = draft;
    cells.forEach((td) => td && td.classList.add('w'));
    let reply, answer;
    try {
      reply = await fetch('/rota/cells', { method: 'POST', body: new URLSearchParams(fields) });
      answer = await reply.json();
    } catch (error) {
      answer = { said: table.dataset.failed, cells: [] };
    }
    cells.forEach((td) => td && td.classList.remove('w'));
    redraw(answer, reply && reply.status === 409);
    const good = reply && reply.ok;
    say(answer.said, !good);
    if (reply && reply.status === 422 && why && !why.value) why.focus();
    if (good) turn('undo', true), turn('redo', false);
    return good;
  }

  const turn = (way, on) => { const button = document.querySelector(`form[data-turn=${way}] button`); if (button) button.disabled = !on; };

  function redraw(answer, met) {
    for (const { row, date, html } of answer.cells || []) {
      const tr = rows.get(row);
      const at = heads.findIndex((th) => th.dataset.d === date);
      if (!tr || at < 0) continue;
      const shell = document.createElement('template');
      shell.innerHTML = `<table><tbody><tr>${html}</tr></tbody></table>`;
      const fresh = shell.content.querySelector('td');
      const old = tr.cells[at];
      const focused = old === document.activeElement;
      fresh.tabIndex = old.tabIndex;
      if (met) fresh.classList.add('hit');
      old.replaceWith(fresh);
      if (focused) fresh.focus();
    }
    for (const name of ['gaps', 'conflicts', 'changes']) {
      const number = find(`n-${name}`);
      if (number && answer[name]) number.textContent = Math.max(0, Number(number.textContent) + answer[name]);
    }
  }

  const clear = (td) => {
    const all = entries(td);
    if (all.length > 1) return choose(td);
    const id = all.length && ids.get(all[0].label);
    if (id) send(changesOf(id, td, null), [td]);
    return undefined;
  };

  // --- choosing
  async function choose(td) {
    if (!open(td)) return;
    const query = new URLSearchParams({ date: dateOf(td), [people ? 'broker' : 'outlet']: idOf(td.parentNode), part: '1' });
    if (draft) query.set('draft', draft);
    const reply = await fetch(`/rota/cell?${query}`).catch(() => null);
    if (!reply || !reply.ok) return say(table.dataset.failed, true);
    dialog.innerHTML = `<form method="dialog"><button class="btn bare rclose" value="" aria-label="×">×</button></form>${await reply.text()}`;
    dialog.showModal();
    const why = find('why'), reason = find('cell-reason');
    if (why && reason) reason.value = why.value;
    const search = dialog.querySelector('.find');
    const buttons = [...dialog.querySelectorAll('.rcand .btn')];
    if (search) {
      search.addEventListener('input', () => buttons.forEach((b) => { b.hidden = !b.textContent.toLowerCase().includes(search.value.trim().toLowerCase()); }));
      search.addEventListener('keydown', (event) => {
        const first = buttons.find((b) => !b.hidden);
        if (event.key === 'Enter') { event.preventDefault(); if (first) first.click(); }
      });
      if (matchMedia('(min-width:900px)').matches) search.focus();
    }
    dialog.querySelector('.rch').addEventListener('submit', (event) => {
      const form = event.target, button = event.submitter;
      // Other hours than the outlet's go the way of every form.
      if (!button || form.starts.value || form.ends.value) return;
      event.preventDefault();
      const [broker_id, outlet, seen] = button.value.split('|').map((part) => (part === '-' ? null : part));
      const change = { broker_id, date: form.date.value, outlet_id: outlet, seen_outlet_id: seen };
      if (form.there && outlet) change.seen_there = form.there.value.split(',').filter(Boolean);
      if (why && reason) why.value = reason.value;
      dialog.close();
      td.focus();
      send([change], [td], reason && reason.value);
    });
    return undefined;
  }
  if (dialog) dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });

  // --- keys
  table.setAttribute('role', 'grid');
  const first = body.rows[0] && body.rows[0].cells[Math.max(1, Number(/k(\d+)/.exec(table.className)[1]) - 1)];
  if (first) first.tabIndex = 0;
  // A month opens where today is, with a few days before it.
  const wrap = table.parentNode, today = heads.find((th) => th.classList.contains('t'));
  if (today) wrap.scrollLeft = Math.max(0, today.offsetLeft - heads[0].offsetWidth - 140);
  let stop = first;
  function focus(td) {
    if (!td) return;
    if (stop) stop.tabIndex = -1;
    td.tabIndex = 0;
    td.focus();
    stop = td;
  }
  table.addEventListener('focusin', (event) => { const td = cellOf(event.target); if (td) stop = td; });
  table.addEventListener('keydown', (event) => {
    const td = cellOf(event.target);
    if (!td || event.target !== td) return;
    const tr = td.parentNode, at = td.cellIndex;
    const to = {
      ArrowLeft: () => at > 1 && tr.cells[at - 1],
      ArrowRight: () => tr.cells[at + 1],
      ArrowUp: () => tr.previousElementSibling && tr.previousElementSibling.cells[at],
      ArrowDown: () => tr.nextElementSibling && tr.nextElementSibling.cells[at],
      Home: () => tr.cells[1],
      End: () => tr.cells[tr.cells.length - 1],
    }[event.key];
    if (to) { event.preventDefault(); focus(to()); }
    else if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); choose(td); }
    else if ((event.key === 'Delete' || event.key === 'Backspace') && open(td)) { event.preventDefault(); clear(td); }
  });
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || /INPUT|TEXTAREA|SELECT/.test(event.target.tagName)) return;
    const form = document.querySelector(`form[data-turn=${event.shiftKey ? 'redo' : 'undo'}]`);
    if (form && !form.querySelector('button').disabled) { event.preventDefault(); form.requestSubmit(); }
  });
  table.addEventListener('click', (event) => {
    const td = cellOf(event.target);
    if (td && !event.target.closest('a')) { focus(td); choose(td); }
  });

  // --- drag
  if (!writes) return;
  if (palette) {
    palette.hidden = false;
    palette.querySelectorAll('li').forEach((li) => { li.draggable = true; });
  }
  let held = null, over = null;
  const mark = (td) => { if (over) over.classList.remove('to'); over = td; if (td) td.classList.add('to'); };
  table.addEventListener('mousedown', (event) => {
    const td = cellOf(event.target);
    const entry = td && open(td) && (entries(td).find((e) => e.el.contains(event.target)) || entries(td)[0]);
    if (entry && ids.has(entry.label)) entry.el.draggable = true;
  });
  document.addEventListener('dragstart', (event) => {
    const chip = event.target.closest && event.target.closest('#palette li');
    const td = !chip && event.target.closest && cellOf(event.target);
    if (!chip && !td) return;
    const entry = td && (entries(td).find((e) => e.el === event.target) || entries(td)[0]);
    held = chip ? { id: chip.dataset.b, from: null } : { id: ids.get(entry.label), from: td };
    event.dataTransfer.effectAllowed = 'copyMove';
    event.dataTransfer.setData('text/plain', chip ? chip.firstChild.data : entry.label);
  });
  table.addEventListener('dragover', (event) => {
    const td = held && cellOf(event.target);
    if (!td || !open(td) || td === held.from) return mark(null);
    event.preventDefault();
    mark(td);
    return undefined;
  });
  table.addEventListener('drop', (event) => {
    const td = held && cellOf(event.target);
    if (!td || !open(td)) return;
    event.preventDefault();
    const { id, from } = held;
    send(changesOf(id, from, td, event.ctrlKey || event.altKey), [from, td]);
  });
  document.addEventListener('dragend', () => { held = null; mark(null); });
})();
