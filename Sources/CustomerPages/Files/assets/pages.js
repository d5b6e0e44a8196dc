// What the pages do beyond forms: drawing a signature, telling of the first touch, watching a visit. Without it everything but drawing works.
'use strict';
(() => {
  const find = (id) => document.getElementById(id);

  // A person, and no program that opens links, touches, types or scrolls.
  const form = find('sign-form');
  if (form) {
    const kinds = ['pointerdown', 'keydown', 'touchstart', 'wheel', 'scroll'];
    const note = (event) => {
      if (!event.isTrusted) return;
      kinds.forEach((kind) => removeEventListener(kind, note, true));
      fetch(form.dataset.opened, { method: 'POST', keepalive: true, credentials: 'omit' }).catch(() => {});
    };
    kinds.forEach((kind) => addEventListener(kind, note, { capture: true, passive: true }));
    // A second press of the button while the first is under way.
    document.querySelectorAll('form').forEach((one) => one.addEventListener('submit', (event) => {
      if (one.dataset.sent) { event.preventDefault(); return; }
      one.dataset.sent = '1';
      one.querySelectorAll('.button').forEach((button) => button.setAttribute('aria-disabled', 'true'));
    }));
    addEventListener('pageshow', (event) => {
      if (!event.persisted) return;
      document.querySelectorAll('form').forEach((one) => {
        delete one.dataset.sent;
        one.querySelectorAll('.button').forEach((button) => button.removeAttribute('aria-disabled'));
      });
    });
  }

  const canvas = find('canvas');
  if (canvas && canvas.getContext && window.PointerEvent) drawing();

  function drawing() {
    const field = find('strokes'), status = find('drawing-status'), hint = find('pad-hint');
    const undo = find('undo'), clear = find('clear'), name = find('name'), preview = find('typed-preview');
    const typed = find('method-typed'), drawn = find('method-drawn');
    const mostPoints = Number(field.dataset.points), mostLines = Number(field.dataset.lines);
    const pen = canvas.getContext('2d');
    // Points as they are handed in: x and y in parts of the longer side, 65,535; milliseconds; pressure up to 255.
    let strokes = read(field.value), current = null, pointer = null, began = 0, count = strokes.reduce((sum, one) => sum + one.length, 0);

    find('drawing').hidden = false;
    if (strokes.length || (!name.value && matchMedia('(pointer: coarse)').matches)) drawn.checked = true;
    typed.addEventListener('change', choose);
    drawn.addEventListener('change', choose);
    name.addEventListener('input', () => { preview.textContent = name.value; });
    preview.textContent = name.value;
    new ResizeObserver(fit).observe(canvas);
    choose();

    function choose() {
      find('drawn-pad').hidden = !drawn.checked;
      find('typed-pad').hidden = drawn.checked;
      if (drawn.checked) fit();
      write();
    }

    function fit() {
      const box = canvas.getBoundingClientRect(), scale = Math.min(window.devicePixelRatio || 1, 3);
      if (!box.width) return;
      canvas.width = Math.round(box.width * scale);
      canvas.height = Math.round(box.height * scale);
      pen.lineCap = pen.lineJoin = 'round';
      pen.strokeStyle = pen.fillStyle = '#10243a';
      strokes.forEach((stroke) => paint(stroke, 0));
    }

    function paint(stroke, from) {
      const unit = Math.max(canvas.width, canvas.height) / 65535, thick = canvas.width / 260;
      const width = (point) => thick * (point[3] ? 0.6 + point[3] / 160 : 1.3);
      if (stroke.length === 1) {
        pen.beginPath();
        pen.arc(stroke[0][0] * unit, stroke[0][1] * unit, width(stroke[0]), 0, 7);
        pen.fill();
      }
      for (let index = Math.max(1, from); index < stroke.length; index += 1) {
        pen.beginPath();
        pen.lineWidth = width(stroke[index]);
        pen.moveTo(stroke[index - 1][0] * unit, stroke[index - 1][1] * unit);
        pen.lineTo(stroke[index][0] * unit, stroke[index][1] * unit);
        pen.stroke();
      }
    }

    function take(event) {
      const box = canvas.getBoundingClientRect(), longer = Math.max(box.width, box.height);
      const place = (value, most) => Math.max(0, Math.min(Math.round(value / longer * 65535), Math.floor(most / longer * 65535)));
      const last = current[current.length - 1] || (strokes.length > 1 && strokes[strokes.length - 2].slice(-1)[0]);
      // A mouse says 0.5 of every press, which is no pressure.
      const pressure = event.pointerType === 'mouse' ? 0 : Math.round((event.pressure || 0) * 255);
      const time = Math.max(last ? last[2] : 0, Math.min(65535, Math.round(event.timeStamp - began)));
      const point = [place(event.clientX - box.left, box.width), place(event.clientY - box.top, box.height), time, pressure];
      const before = current[current.length - 1];
      if (before && Math.abs(before[0] - point[0]) + Math.abs(before[1] - point[1]) < 90) return;
      if (count >= mostPoints) { status.textContent = status.dataset.full; return; }
      current.push(point);
      count += 1;
      paint(current, current.length - 1);
    }

    canvas.addEventListener('pointerdown', (event) => {
      if (pointer !== null || event.button !== 0) return;
      event.preventDefault();
      if (strokes.length >= mostLines || count >= mostPoints) { status.textContent = status.dataset.full; return; }
      if (!strokes.length) began = event.timeStamp;
      // After a page was shown again, time goes on from where it stood.
      else if (!began) began = event.timeStamp - strokes[strokes.length - 1].slice(-1)[0][2] - 1;
      pointer = event.pointerId;
      canvas.setPointerCapture(pointer);
      current = [];
      strokes.push(current);
      take(event);
      hint.hidden = true;
    });
    canvas.addEventListener('pointermove', (event) => {
      if (event.pointerId !== pointer) return;
      event.preventDefault();
      const all = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      (all.length ? all : [event]).forEach(take);
    });
    const lift = (event) => {
      if (event.pointerId !== pointer) return;
      pointer = current = null;
      write();
    };
    canvas.addEventListener('pointerup', lift);
    canvas.addEventListener('pointercancel', lift);
    undo.addEventListener('click', () => { strokes.pop(); redraw(); });
    clear.addEventListener('click', () => { strokes = []; redraw(); });

    function redraw() {
      count = strokes.reduce((sum, one) => sum + one.length, 0);
      pen.clearRect(0, 0, canvas.width, canvas.height);
      strokes.forEach((stroke) => paint(stroke, 0));
      write();
    }

    function write() {
      const lines = strokes.filter((stroke) => stroke.length);
      undo.disabled = clear.disabled = !lines.length;
      hint.hidden = lines.length > 0;
      const said = lines.length === 0 ? 'none' : lines.length === 1 ? 'one' : 'many';
      status.textContent = drawn.checked ? status.dataset[said].replace('{count}', lines.length) : '';
      if (!drawn.checked || !lines.length) { field.value = ''; return; }
      // Of each line the first point as it is, the others as what has changed since the one before.
      field.value = JSON.stringify({ version: 1, strokes: lines.map((stroke) => stroke.flatMap((point, index) => (
        index ? [point[0] - stroke[index - 1][0], point[1] - stroke[index - 1][1], point[2] - stroke[index - 1][2], point[3]] : point))) });
    }

    function read(text) {
      if (!text) return [];
      try {
        return JSON.parse(text).strokes.map((numbers) => {
          const points = [];
          for (let at = 0; at + 3 < numbers.length; at += 4) {
            const before = points[points.length - 1] || [0, 0, 0];
            points.push([before[0] + numbers[at], before[1] + numbers[at + 1], before[2] + numbers[at + 2], numbers[at + 3]]);
          }
          return points;
        });
      } catch (error) { return []; }
    }
  }

  // A visit: what changes comes as events; if they do not come, the page is loaded again.
  const track = find('track');
  if (track) {
    const live = find('live');
    const poll = () => { live.textContent = live.dataset.lost; setTimeout(() => location.reload(), 60000); };
    if (!window.EventSource) poll();
    else {
      const events = new EventSource(track.dataset.events);
      let lost = null;
      events.addEventListener('open', () => { clearTimeout(lost); lost = null; live.textContent = live.dataset.live; });
      events.addEventListener('visit', (event) => {
        const shown = new DOMParser().parseFromString(event.data, 'text/html');
        const status = track.querySelector('.status'), fresh = shown.querySelector('.status');
        // The element that screen readers watch stays; a message that is the same is not read again.
        if (status && fresh) {
          if (status.textContent !== fresh.textContent) status.textContent = fresh.textContent;
          status.className = fresh.className;
          fresh.replaceWith(status);
        }
        track.replaceChildren(...shown.body.childNodes);
      });
      events.addEventListener('end', () => { events.close(); clearTimeout(lost); live.textContent = ''; });
      events.addEventListener('error', () => {
        if (lost === null) lost = setTimeout(() => { events.close(); poll(); }, events.readyState === EventSource.CLOSED ? 0 : 30000);
      });
    }
  }

  const waiting = document.querySelector('[data-reload]');
  if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reload) * 1000);
})();
