// Draws an outlet's fence: a tap on the plan around its point adds a corner. The corners are lines of the text field, which stays what is sent.
(() => {
  const box = document.querySelector('[data-draw]');
  const field = (name) => document.querySelector(`[name="${name}"]`);
  if (!box || !field('fence')) return;
  const svg = box.querySelector('svg');
  const part = (name) => svg.querySelector(`[data-${name}]`);
  const M = 111320; // metres a degree of latitude, near enough for a plan of some hundred metres
  const corners = () => field('fence').value.split('\n').map((line) => line.split(/[\s,，]+/).filter(Boolean).map(Number)).filter((p) => p.length === 2 && p.every(Number.isFinite));
  const centre = () => {
    const [lat, lon] = ['lat', 'lon'].map((name) => parseFloat(field(name).value));
    return Number.isFinite(lat) && Number.isFinite(lon) ? [lat, lon] : corners()[0];
  };
  const radius = () => parseFloat(field('radius_m').value) || 150;
  // The plan is 400 units wide; how many metres one is.
  const unit = () => Math.max(1, radius() / 120);
  const draw = () => {
    const middle = centre();
    box.hidden = !middle;
    if (!middle) return;
    const place = ([lat, lon]) => [(lon - middle[1]) * M * Math.cos((middle[0] * Math.PI) / 180) / unit(), (middle[0] - lat) * M / unit()];
    const all = corners().map(place);
    part('ring').setAttribute('points', all.map((p) => p.map((n) => n.toFixed(1)).join(',')).join(' '));
    part('circle').setAttribute('r', all.length ? 0 : radius() / unit());
    part('corners').replaceChildren(...all.map(([x, y]) => {
      const dot = document.createElementNS(svg.namespaceURI, 'circle');
      for (const [name, value] of [['cx', x], ['cy', y], ['r', 5]]) dot.setAttribute(name, value);
      return dot;
    }));
    part('scale').textContent = `${Math.round(100 * unit())} m`;
  };
  const write = (lines) => { field('fence').value = lines.join('\n'); draw(); };
  const lines = () => field('fence').value.split('\n').filter((line) => line.trim());
  svg.addEventListener('click', (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    const [lat, lon] = centre();
    const corner = [lat - (at.y * unit()) / M, lon + (at.x * unit()) / (M * Math.cos((lat * Math.PI) / 180))];
    write([...lines(), corner.map((n) => n.toFixed(6)).join(',')]);
  });
  box.querySelector('[data-back]').addEventListener('click', () => write(lines().slice(0, -1)));
  box.querySelector('[data-clear]').addEventListener('click', () => write([]));
  for (const name of ['fence', 'lat', 'lon', 'radius_m']) field(name).addEventListener('input', draw);
  draw();
})();
