// What is written and drawn over the picture: labels that never overlap at any zoom, captions of the
// sectors, rings and signs.

let placed = null, placedAt = 0;   // the labels, and the zoom that they were placed for
const LABELS = data.labels;

function labelOrder() {
  const drawn = (id) => shown.nodes.has(id) && standIn(id) === id;
  const first = [state.selected, current, hovered].filter(drawn);
  const rest = ranked.filter((node) => drawn(node.id) && (!lit || lit.nodes.has(node.id)));
  const closed = lit ? [] : [...closedClusters().keys()];
  const zoom = net.getScale() / fitted;
  const most = lit ? 90 : Math.round(LABELS * Math.max(1, zoom * zoom));
  return [...new Set([...first, ...rest.slice(0, most).map((node) => node.id), ...closed.slice(0, most)])];
}

// Greedy: the strongest label first, below, above or beside its node, wherever nothing is in the way.
function placeLabels(ctx, scale) {
  const cell = 60, grid = new Map(), out = [];
  const over = (box) => {
    const found = [];
    for (let i = Math.floor(box[0] / cell); i <= Math.floor(box[2] / cell); i++) {
      for (let j = Math.floor(box[1] / cell); j <= Math.floor(box[3] / cell); j++) found.push(`${i} ${j}`);
    }
    return found;
  };
  const free = (box) => over(box).every((key) => (grid.get(key) || []).every((b) => box[2] <= b[0] || b[2] <= box[0] || box[3] <= b[1] || b[3] <= box[1]));
  const take = (box) => over(box).forEach((key) => { if (!grid.has(key)) grid.set(key, []); grid.get(key).push(box); });
  if (captionsShown()) {
    ctx.font = `12.5px ${paint.font}`;
    for (const { name, x, y, nx, ny, turn } of captionPlaces()) {
      const half = ctx.measureText(name).width / 2, cx = x * scale + nx * 12, cy = y * scale + ny * 12;
      for (let t = -half; t <= half; t += half / 3 + 1) {
        const px = cx + t * Math.cos(turn), py = cy + t * Math.sin(turn);
        take([px - 8, py - 8, px + 8, py + 8]);
      }
    }
  }
  const order = labelOrder();
  const publications = lit ? 0.9 : 2.6;
  const members = closedClusters();
  const reach = (id) => (clusters.has(id) ? clusterRadius(members.get(id)) : radiusOf(nodes.get(id).kind, shown.nodes.get(id).weight)) * scale;
  for (const id of order.slice(0, 60)) {
    const node = spot(id), r = reach(id);
    take([node.x * scale - r, node.y * scale - r, node.x * scale + r, node.y * scale + r]);
  }
  for (const id of order) {
    const node = spot(id);
    if (node.kind === "publication" && !node.members && scale < publications && id !== state.selected && id !== hovered && id !== current) continue;
    const strong = node.kind === "procedure" && node.weight > 9;
    const size = strong ? 13 : node.kind === "publication" ? 11 : 12;
    ctx.font = `${strong ? 600 : 400} ${size}px ${paint.font}`;
    const wide = Math.max(...node.lines.map((line) => ctx.measureText(line).width)) / 2 + 2;
    const high = node.lines.length * (size + 2);
    const r = reach(id) + 2;
    const x = node.x * scale, y = node.y * scale;
    const places = [[x, y + r + high / 2], [x, y - r - high / 2], [x + r + wide, y], [x - r - wide, y]];
    const at = places.find(([cx, cy]) => free([cx - wide, cy - high / 2, cx + wide, cy + high / 2]));
    if (!at) continue;
    const box = [at[0] - wide, at[1] - high / 2, at[0] + wide, at[1] + high / 2];
    take(box);
    out.push({ id, x: at[0] / scale, y: at[1] / scale, size, strong, lines: node.lines, wide, high: high / 2 });
  }
  return out;
}

function drawUnder(ctx) {
  const scale = net.getScale();
  if (sketch) drawSketch(ctx, scale);
  if (captionsShown()) drawCaptions(ctx, scale);
  for (const [id, members] of closedClusters()) outline(ctx, clusters.get(id), clusterRadius(members) + 3 / scale, scale);
  const edge = edgeNames.get(state.selected);
  if (edge && shown.edges.has(edge.id)) {
    const [a, b] = [nodes.get(edge.from), nodes.get(edge.to)];
    ctx.strokeStyle = paint.focus; ctx.globalAlpha = 0.22; ctx.lineWidth = 11 / scale; ctx.lineCap = "round";
    ctx.beginPath(); ctx.moveTo(a.x, a.y); ctx.lineTo(b.x, b.y); ctx.stroke();
    ctx.globalAlpha = 1; ctx.lineCap = "butt";
  }
}

// A caption stands outside the rim, along it, never upside down.
function captionPlaces() {
  const [a, b] = data.radii;
  return data.sectors.map(({ name, start, end }) => {
    const angle = (start + end) / 2, cos = Math.cos(angle), sin = Math.sin(angle);
    let turn = Math.atan2(b * cos, -a * sin);
    if (turn > Math.PI / 2) turn -= Math.PI;
    if (turn <= -Math.PI / 2) turn += Math.PI;
    const out = Math.hypot(b * cos, a * sin);
    const room = (end - start) * out;
    return { name, room, x: a * cos * 1.015, y: b * sin * 1.015, nx: (b * cos) / out, ny: (a * sin) / out, turn };
  });
}

function captionsShown() { return data.sectors.length > 1 && !moving && canvasBox.clientWidth > 480; }

function drawCaptions(ctx, scale) {
  ctx.font = `${12.5 / scale}px ${paint.font}`;
  ctx.fillStyle = paint.muted;
  ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.globalAlpha = lit ? 0.4 : 1;
  for (const { name, room, x, y, nx, ny, turn } of captionPlaces()) {
    if (ctx.measureText(name).width > room * 1.1) continue;
    ctx.save();
    ctx.translate(x + (nx * 12) / scale, y + (ny * 12) / scale);
    ctx.rotate(turn);
    ctx.fillText(name, 0, 0);
    ctx.restore();
  }
  ctx.globalAlpha = 1;
}

// A second outline says that a node is many.
function outline(ctx, { x, y, color }, r, scale) {
  ctx.beginPath(); ctx.arc(x, y, r + 1 / scale, 0, 7);
  ctx.strokeStyle = color; ctx.globalAlpha = lit ? 0.15 : 0.8; ctx.lineWidth = 1.2 / scale; ctx.setLineDash([]); ctx.stroke();
  ctx.globalAlpha = 1;
}

function ring(ctx, id, color, scale) {
  const node = spot(id);
  const r = clusters.has(id) ? clusterRadius(node.members) : radiusOf(node.kind, shown.nodes.get(id).weight);
  ctx.beginPath();
  ctx.arc(node.x, node.y, r + 5 / scale, 0, 7);
  ctx.strokeStyle = color; ctx.lineWidth = 2.5 / scale; ctx.setLineDash([]); ctx.stroke();
}

function drawOver(ctx) {
  drawnFrames += 1;
  const scale = net.getScale();
  if (moving) follow();
  if (!placed || placedAt !== scale) { placed = placeLabels(ctx, scale); placedAt = scale; }
  if (shown.nodes.has(state.selected)) ring(ctx, state.selected, paint.ink, scale);
  if ((shown.nodes.has(hovered) || clusters.has(hovered)) && hovered !== state.selected) ring(ctx, hovered, paint.muted, scale);
  if ((shown.nodes.has(current) || clusters.has(current)) && document.activeElement === canvasBox) ring(ctx, current, paint.focus, scale);
  if (lit) drawSigns(ctx, scale);
  ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.lineJoin = "round";
  ctx.strokeStyle = paint.page; ctx.fillStyle = paint.ink; ctx.lineWidth = 3.5 / scale;
  for (const { x, y, size, strong, lines } of placed) {
    ctx.font = `${strong ? 600 : 400} ${size / scale}px ${paint.font}`;
    const step = (size + 2) / scale, top = y - (step * (lines.length - 1)) / 2;
    lines.forEach((line, i) => { ctx.strokeText(line, x, top + i * step); ctx.fillText(line, x, top + i * step); });
  }
}

// The sign of the stance on each lit line, so that hue is never alone.
function signPlaces(scale) {
  const out = [];
  for (const id of lit ? lit.edges : []) {
    const edge = edges.get(id), sum = shown.edges.get(id);
    if (!sum || !looks.stanceRelations.includes(edge.relation)) continue;
    const a = spot(edge.from), b = spot(edge.to);
    if (Math.hypot(a.x - b.x, a.y - b.y) * scale < 60) continue;
    const t = state.selected === edge.from ? 0.62 : state.selected === edge.to ? 0.38 : 0.5;
    out.push({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t, text: looks.stances[sum.stance].sign });
  }
  return out;
}

function drawSigns(ctx, scale) {
  ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.font = `600 ${14 / scale}px ${paint.font}`;
  ctx.strokeStyle = paint.page; ctx.lineWidth = 4 / scale; ctx.fillStyle = paint.ink;
  for (const { x, y, text } of signPlaces(scale)) { ctx.strokeText(text, x, y); ctx.fillText(text, x, y); }
}
