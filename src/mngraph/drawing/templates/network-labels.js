// What is written and drawn over the picture: labels that never overlap at any zoom, captions of the
// sectors, rings and signs.

let placed = null, signs = [], placedAt = 0;   // the labels, and the zoom that they were placed for
const LABELS = data.labels;
const FEW = 70;   // a picture of at most so many lines has room for a sign on each

function labelOrder() {
  const drawn = (id) => shown.nodes.has(id) && standIn(id) === id;
  const first = [state.selected, current, hovered].filter(drawn);
  const rest = ranked.filter((node) => drawn(node.id) && (!lit || lit.nodes.has(node.id)));
  const closed = lit ? [] : [...closedClusters().keys()];
  const zoom = net.getScale() / fitted;
  const most = lit ? 90 : Math.round(LABELS * Math.max(1, zoom * zoom));
  return [...new Set([...first, ...rest.slice(0, most).map((node) => node.id), ...closed.slice(0, most)])];
}

// In a small picture every node is to have its label: those that found no place come first in the next try.
function placeLabels(ctx, scale) {
  const lost = (ids) => ids.reduce((sum, id) => sum + 1 + (shown.nodes.get(id)?.weight || 0), 0);
  let order = labelOrder(), best = placeInOrder(ctx, scale, order);
  order = [...new Set([...best.left, ...order])];
  for (let tries = 0; shown.nodes.size <= FEW && !lit && tries < 8 && best.left.length; tries += 1) {
    const next = placeInOrder(ctx, scale, order);
    order = [...new Set([...next.left, ...order])];
    if (lost(next.left) < lost(best.left)) best = next;
  }
  signs = placeSigns(scale, best.free, best.take);
  return best.out;
}

// Greedy: the first label first, below, above or beside its node, wherever nothing is in the way.
function placeInOrder(ctx, scale, order) {
  const cell = 60, grid = new Map(), out = [], left = [];
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
    for (const { wide, x, y, nx, ny, turn } of captions(ctx, scale)) {
      const half = wide / 2, cx = x * scale + nx * 12, cy = y * scale + ny * 12;
      for (let t = -half; t <= half; t += half / 3 + 1) {
        const px = cx + t * Math.cos(turn), py = cy + t * Math.sin(turn);
        take([px - 8, py - 8, px + 8, py + 8]);
      }
    }
  }
  const view = net.getViewPosition(), half = [canvasBox.clientWidth / 2, canvasBox.clientHeight / 2];
  const inside = (x, y, wide, high) => Math.abs(x - view.x * scale) + wide < half[0] - 2 && Math.abs(y - view.y * scale) + high < half[1] - 2;
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
    const sides = [view.x * scale - half[0] + wide + 3, view.x * scale + half[0] - wide - 3];
    const near = Math.min(sides[1], Math.max(sides[0], x));
    const places = [[x, y + r + high / 2], [x, y - r - high / 2], [x + r + wide, y], [x - r - wide, y]];
    for (const by of [0.35, -0.35, 0.7, -0.7]) places.push([x + by * wide, y + r + high / 2], [x + by * wide, y - r - high / 2]);
    if (Math.abs(near - x) < wide) places.push([near, y + r + high / 2], [near, y - r - high / 2]);
    const open = places.filter(([cx, cy]) => free([cx - wide, cy - high / 2, cx + wide, cy + high / 2]));
    const at = open.find(([cx, cy]) => inside(cx, cy, wide, high / 2)) || open[0];
    if (!at) { left.push(id); continue; }
    const box = [at[0] - wide, at[1] - high / 2, at[0] + wide, at[1] + high / 2];
    take(box);
    out.push({ id, x: at[0] / scale, y: at[1] / scale, size, strong, lines: node.lines, wide, high: high / 2 });
  }
  return { out, left, free, take };
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
  const { sectors, radii } = arrangement(), [a, b] = tall ? [radii[1], radii[0]] : radii;
  return sectors.map(({ name, start, end }) => {
    const middle = (start + end) / 2, angle = tall ? Math.PI / 2 - middle : middle, cos = Math.cos(angle), sin = Math.sin(angle);
    let turn = Math.atan2(b * cos, -a * sin);
    if (turn > Math.PI / 2) turn -= Math.PI;
    if (turn <= -Math.PI / 2) turn += Math.PI;
    const out = Math.hypot(b * cos, a * sin);
    const room = (end - start) * out;
    return { name, room, x: a * cos * 1.015, y: b * sin * 1.015, nx: (b * cos) / out, ny: (a * sin) / out, turn };
  });
}

function captionsShown() { return arrangement().sectors.length > 1 && !moving && canvasBox.clientWidth > 480; }

// The captions that have room along their sector at a zoom, and how wide they are in pixels.
function captions(ctx, scale) {
  ctx.save();
  ctx.font = `12.5px ${paint.font}`;
  const found = captionPlaces().map((place) => ({ ...place, wide: ctx.measureText(place.name).width }));
  ctx.restore();
  return found.filter(({ wide, room }) => wide <= room * scale * 1.1);
}

function drawCaptions(ctx, scale) {
  ctx.font = `${12.5 / scale}px ${paint.font}`;
  ctx.fillStyle = paint.muted;
  ctx.textAlign = "center"; ctx.textBaseline = "middle";
  ctx.globalAlpha = lit ? 0.4 : 1;
  for (const { name, x, y, nx, ny, turn } of captions(ctx, scale)) {
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
  drawSigns(ctx, scale);
  ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.lineJoin = "round";
  ctx.strokeStyle = paint.page; ctx.fillStyle = paint.ink; ctx.lineWidth = 3.5 / scale;
  for (const { x, y, size, strong, lines } of placed) {
    ctx.font = `${strong ? 600 : 400} ${size / scale}px ${paint.font}`;
    const step = (size + 2) / scale, top = y - (step * (lines.length - 1)) / 2;
    lines.forEach((line, i) => { ctx.strokeText(line, x, top + i * step); ctx.fillText(line, x, top + i * step); });
  }
}

// The sign of the stance on each line that is lit, or on all of a small picture, so that hue is never
// alone. A sign goes where nothing is in its way; on a lit line it stands in any case.
function placeSigns(scale, free, take) {
  const out = [];
  const signed = [...(lit ? lit.edges : shown.edges.keys())].filter((id) => shown.edges.has(id) && looks.stanceRelations.includes(edges.get(id).relation));
  for (const id of lit || signed.length <= FEW ? signed : []) {
    const edge = edges.get(id), sum = shown.edges.get(id);
    const a = spot(edge.from), b = spot(edge.to);
    if (Math.hypot(a.x - b.x, a.y - b.y) * scale < 40) continue;
    const middle = state.selected === edge.from ? 0.62 : state.selected === edge.to ? 0.38 : 0.5;
    const places = [0, 0.1, -0.1, 0.18, -0.18, 0.26, -0.26].map((by) => {
      const t = middle + by, x = a.x + (b.x - a.x) * t, y = a.y + (b.y - a.y) * t;
      return { x, y, box: [x * scale - 7, y * scale - 7, x * scale + 7, y * scale + 7] };
    });
    const place = places.find(({ box }) => free(box)) || (lit && places[0]);
    if (!place) continue;
    take(place.box);
    out.push({ x: place.x, y: place.y, text: looks.stances[sum.stance].sign });
  }
  return out;
}

function drawSigns(ctx, scale) {
  ctx.textAlign = "center"; ctx.textBaseline = "middle"; ctx.font = `600 ${14 / scale}px ${paint.font}`;
  ctx.strokeStyle = paint.page; ctx.lineWidth = 4 / scale; ctx.fillStyle = paint.ink;
  for (const { x, y, text } of signs) { ctx.strokeText(text, x, y); ctx.fillText(text, x, y); }
}
