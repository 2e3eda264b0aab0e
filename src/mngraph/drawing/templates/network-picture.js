// The picture as a file: what is shown, as SVG with its legend and source, or as PNG made from it.

function escapeXml(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function svgPicture() {
  const scale = net.getScale(), wide = canvasBox.clientWidth, high = canvasBox.clientHeight;
  const [legend, foot] = legendSvg(wide, high);
  const at = (point) => net.canvasToDOM(point);
  const font = paint.font.replaceAll('"', "'");
  const out = [`<svg xmlns="${SVG}" width="${wide}" height="${high + foot}" viewBox="0 0 ${wide} ${high + foot}" font-family="${font}">`,
    `<title>${escapeXml(meta.title)}</title>`,
    `<rect width="100%" height="100%" fill="${paint.page}"/>`,
    `<svg width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}">`];
  if (captionsShown()) out.push(...captions(canvasBox.querySelector("canvas").getContext("2d"), scale).map((caption) => captionSvg(caption, at(caption))));
  for (const edge of data.edges) out.push(edgeSvg(edge, at, scale));
  for (const node of [...ranked].reverse()) out.push(nodeSvg(node, at, scale));
  if (shown.nodes.has(state.selected)) out.push(ringSvg(nodes.get(state.selected), at, scale));
  for (const sign of signs) out.push(textSvg(sign.text, at(sign), 14, 600));
  for (const label of placed || []) out.push(labelSvg(label, at));
  out.push("</svg>", legend, "</svg>");
  return out.filter(Boolean).join("\n");
}

function captionSvg({ name, nx, ny, turn }, { x, y }) {
  const place = `translate(${round(x + nx * 12)} ${round(y + ny * 12)}) rotate(${round((turn * 180) / Math.PI)})`;
  return `<text transform="${place}" dy="4" font-size="12.5" fill="${paint.muted}" text-anchor="middle">${escapeXml(name)}</text>`;
}

function edgeSvg(edge, at, scale) {
  const style = edgeStyle(edge);
  if (style.hidden) return "";
  const a = at(nodes.get(edge.from)), b = at(nodes.get(edge.to));
  const dash = style.dashes ? ` stroke-dasharray="${style.dashes.map((n) => round(n * scale)).join(" ")}"` : "";
  const line = (color, opacity, width, more) => `<line x1="${round(a.x)}" y1="${round(a.y)}" x2="${round(b.x)}" y2="${round(b.y)}" stroke="${color}" stroke-opacity="${opacity}" stroke-width="${round(width * scale)}"${more}/>`;
  const { color, opacity } = style.color;
  const full = style.width * boldness();
  if (!style.hollow) return line(color, opacity, full, dash);
  const { outer, core } = hollowOf(full);
  return line(color, opacity, outer, dash) + line(paint.page, 1, core, "");
}

function nodeSvg(node, at, scale) {
  const style = nodeStyle(node);
  if (style.hidden) return "";
  const { x, y } = at(node), r = style.size * scale, points = POINTS[node.shape];
  const look = `fill="${node.color}" fill-opacity="${style.opacity}"`;
  if (!points) return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" ${look}/>`;
  return `<polygon points="${points(r).map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(" ")}" ${look}/>`;
}

function ringSvg(node, at, scale) {
  const { x, y } = at(node), r = nodeStyle(node).size * scale + 5;
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" fill="none" stroke="${paint.ink}" stroke-width="2.5"/>`;
}

function textSvg(text, { x, y }, size, weight) {
  return `<text x="${round(x)}" y="${round(y + size * 0.35)}" font-size="${size}" font-weight="${weight}" text-anchor="middle" fill="${paint.ink}" stroke="${paint.page}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">${escapeXml(text)}</text>`;
}

function labelSvg({ x, y, size, strong, lines }, at) {
  const middle = at({ x, y }), top = middle.y - ((size + 2) * (lines.length - 1)) / 2;
  return lines.map((line, i) => textSvg(line, { x: middle.x, y: top + i * (size + 2) }, size, strong ? 600 : 400)).join("");
}

// The legend below the picture, in as many rows as its width takes; and its height.
function legendSvg(wide, top) {
  const out = [], start = 14;
  let x = start, y = 18;
  const place = (width) => { if (x > start && x + width > wide - 8) { x = start; y += 20; } const at = [x, y]; x += width; return at; };
  for (const kind of KINDS.filter((k) => state.kinds.has(k))) {
    const look = looks.kinds[kind], points = POINTS[look.shape], r = kind === "publication" ? 3 : 5;
    const [left, line] = place(30 + look.many.length * 7.2);
    out.push(points ? `<polygon points="${points(r).map(([dx, dy]) => `${round(left + 6 + dx)},${round(line - 4 + dy)}`).join(" ")}" fill="${look.color}"/>` : `<circle cx="${left + 6}" cy="${line - 4}" r="${r}" fill="${look.color}"/>`);
    out.push(`<text x="${left + 16}" y="${line}">${look.many}</text>`);
  }
  x = start; y += 20;
  for (const stance of STANCES) {
    const look = looks.stances[stance];
    const [left, line] = place(52 + look.words.length * 7.2);
    out.push(`<line x1="${left}" x2="${left + 22}" y1="${line - 4}" y2="${line - 4}" stroke="${look.color}" stroke-width="3"/><text x="${left + 27}" y="${line}">${look.sign} ${look.words}</text>`);
  }
  for (const text of [...(strongOnly() ? [captionText().join(". ")] : []), "Solid line: design level 1 or 2; dashed: 3; dotted: 4, 5 or none. Hollow: seen only before and after treatment.", meta.fine]) {
    y += 20;
    out.push(`<text x="${start}" y="${y}" fill="${paint.muted}">${escapeXml(text)}</text>`);
  }
  return [`<g transform="translate(0 ${top})" font-size="12" fill="${paint.ink}">${out.join("")}</g>`, y + 14];
}

function saveBlob(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = h("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 5000);
}

function fileName(ending) {
  const what = nodes.get(state.selected)?.label || "network";
  return `mngraph-${fold(what).replaceAll(" ", "-").slice(0, 40) || "network"}.${ending}`;
}

// While the tables are shown, the picture has no size: it is laid out for the moment of drawing.
function shownPicture() {
  if (!canvasBox.hidden) return svgPicture();
  tableBox.hidden = true;
  canvasBox.hidden = false;
  try {
    net.setSize("100%", "100%");
    if (!touched) fit(false);
    net.redraw();
    return svgPicture();
  } finally {
    canvasBox.hidden = true;
    tableBox.hidden = false;
  }
}

function saveSvg() { saveBlob(new Blob([shownPicture()], { type: "image/svg+xml" }), fileName("svg")); }

async function savePng() {
  const text = shownPicture(), image = new Image(), factor = 2;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * factor, height: image.height * factor });
  const ctx = canvas.getContext("2d");
  ctx.scale(factor, factor);
  ctx.drawImage(image, 0, 0);
  canvas.toBlob((blob) => saveBlob(blob, fileName("png")), "image/png");
}
