// The picture as a file: what is shown, as SVG with its legend and source, or as PNG made from it.

function escapeXml(text) {
  return String(text).replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
}

function svgPicture() {
  const scale = net.getScale(), wide = canvasBox.clientWidth, high = canvasBox.clientHeight, foot = 64;
  const at = (point) => net.canvasToDOM(point);
  const font = paint.font.replaceAll('"', "'");
  const out = [`<svg xmlns="${SVG}" width="${wide}" height="${high + foot}" viewBox="0 0 ${wide} ${high + foot}" font-family="${font}">`,
    `<title>${escapeXml(meta.title)}</title>`,
    `<rect width="100%" height="100%" fill="${paint.page}"/>`,
    `<svg width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}">`];
  if (data.sectors.length > 1) out.push(...captionPlaces().map((caption) => captionSvg(caption, at(caption))));
  for (const edge of data.edges) out.push(edgeSvg(edge, at, scale));
  for (const node of [...ranked].reverse()) out.push(nodeSvg(node, at, scale));
  for (const label of placed || []) out.push(labelSvg(label, at));
  out.push("</svg>", legendSvg(wide, high), "</svg>");
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
  return `<line x1="${round(a.x)}" y1="${round(a.y)}" x2="${round(b.x)}" y2="${round(b.y)}" stroke="${style.color.color}" stroke-opacity="${style.color.opacity}" stroke-width="${round(style.width * scale)}"${dash}/>`;
}

function nodeSvg(node, at, scale) {
  const style = nodeStyle(node);
  if (style.hidden) return "";
  const { x, y } = at(node), r = style.size * scale, points = POINTS[node.shape];
  const look = `fill="${node.color}" fill-opacity="${style.opacity}"`;
  if (!points) return `<circle cx="${round(x)}" cy="${round(y)}" r="${round(r)}" ${look}/>`;
  return `<polygon points="${points(r).map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(" ")}" ${look}/>`;
}

function labelSvg({ x, y, size, strong, lines }, at) {
  const p = at({ x, y }), top = p.y - ((size + 2) * (lines.length - 1)) / 2 + size * 0.35;
  return lines.map((line, i) => `<text x="${round(p.x)}" y="${round(top + i * (size + 2))}" font-size="${size}" font-weight="${strong ? 600 : 400}" text-anchor="middle" fill="${paint.ink}" stroke="${paint.page}" stroke-width="3.5" stroke-linejoin="round" paint-order="stroke">${escapeXml(line)}</text>`).join("");
}

function legendSvg(wide, top) {
  const out = [`<g transform="translate(14 ${top + 8})" font-size="12" fill="${paint.ink}">`];
  let x = 0;
  for (const kind of KINDS.filter((k) => state.kinds.has(k))) {
    const look = looks.kinds[kind], points = POINTS[look.shape], r = kind === "publication" ? 3 : 5;
    out.push(points ? `<polygon points="${points(r).map(([dx, dy]) => `${x + 6 + dx},${8 + dy}`).join(" ")}" fill="${look.color}"/>` : `<circle cx="${x + 6}" cy="8" r="${r}" fill="${look.color}"/>`);
    out.push(`<text x="${x + 16}" y="12">${look.many}</text>`);
    x += 28 + look.many.length * 6.3;
  }
  x = 0;
  for (const stance of STANCES) {
    const look = looks.stances[stance];
    out.push(`<line x1="${x}" x2="${x + 22}" y1="27" y2="27" stroke="${look.color}" stroke-width="3"/><text x="${x + 27}" y="31">${look.sign} ${look.words}</text>`);
    x += 50 + look.words.length * 6.3;
  }
  out.push(`<text y="50" fill="${paint.muted}">${escapeXml(`${meta.fine} Solid line: starting level 1 or 2; dashed: 3; dotted: 4, 5 or none.`)}</text></g>`);
  return out.join("");
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

function saveSvg() { saveBlob(new Blob([svgPicture()], { type: "image/svg+xml" }), fileName("svg")); }

async function savePng() {
  const text = svgPicture(), image = new Image(), factor = 2;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = h("canvas", { width: image.width * factor, height: image.height * factor });
  const ctx = canvas.getContext("2d");
  ctx.scale(factor, factor);
  ctx.drawImage(image, 0, 0);
  canvas.toBlob((blob) => saveBlob(blob, fileName("png")), "image/png");
}
