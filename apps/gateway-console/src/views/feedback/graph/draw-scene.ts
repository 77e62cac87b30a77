import type { Camera, Size } from './camera.ts';
import { at } from './layout/edges.ts';
import { NODE_HEIGHT, NODE_WIDTH } from './layout/fold-layers.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';

export interface Highlights {
  readonly selected: number | null;
  /** null: nothing is searched for. */
  readonly matches: ReadonlySet<number> | null;
}

/** From here on labels can be read. */
export const LABEL_SCALE = 0.5;
/** Below this curves cannot be told from lines. */
const CURVE_SCALE = 0.3;
/** Pixels of the screen below which a node is a dot. */
const DOT = 3;

/** Lines of all edges, on nothing: kept, and moved about beneath the nodes while the camera moves. */
export function drawEdgeLayer(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  palette: Palette,
): void {
  context.clearRect(0, 0, screen.width, screen.height);
  drawEdges(context, scene, camera, screen, palette.edge, 1, () => true);
}

/** Everything else: what is outside the screen costs a comparison. `edges` draws the layer of the lines. */
export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  palette: Palette,
  highlights: Highlights,
  edges: () => void,
): void {
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, screen.width, screen.height);
  const { selected } = highlights;
  context.globalAlpha = selected === null ? 0.5 : 0.22;
  edges();
  context.globalAlpha = 1;
  if (selected !== null) {
    const touches = (from: number, to: number) => from === selected || to === selected;
    drawEdges(context, scene, camera, screen, palette.accent, 1.75, touches);
  }
  drawNodes(context, scene, camera, screen, palette, highlights);
}

function drawEdges(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  colour: string,
  lineWidth: number,
  wanted: (from: number, to: number) => boolean,
): void {
  const { x, y } = scene.placed;
  const { scale } = camera;
  context.beginPath();
  for (const { from, to } of scene.edges) {
    if (!wanted(from, to)) continue;
    const back = at(x, to) < at(x, from);
    const startX = (at(x, from) + (back ? 0 : NODE_WIDTH) - camera.x) * scale;
    const endX = (at(x, to) + (back ? NODE_WIDTH : 0) - camera.x) * scale;
    const startY = (at(y, from) + NODE_HEIGHT / 2 - camera.y) * scale;
    const endY = (at(y, to) + NODE_HEIGHT / 2 - camera.y) * scale;
    if (Math.max(startX, endX) < 0 || Math.min(startX, endX) > screen.width) continue;
    if (Math.max(startY, endY) < 0 || Math.min(startY, endY) > screen.height) continue;
    context.moveTo(startX, startY);
    if (scale < CURVE_SCALE) context.lineTo(endX, endY);
    else {
      const bend = (endX - startX) / 2;
      context.bezierCurveTo(startX + bend, startY, endX - bend, endY, endX, endY);
    }
  }
  context.strokeStyle = colour;
  context.lineWidth = lineWidth;
  context.stroke();
}

function drawNodes(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  palette: Palette,
  { selected, matches }: Highlights,
): void {
  const { scale } = camera;
  const width = Math.max(DOT, NODE_WIDTH * scale);
  const height = Math.max(DOT, NODE_HEIGHT * scale);
  const seen: number[] = [];
  for (let node = 0; node < scene.nodes.length; node += 1) {
    const left = (at(scene.placed.x, node) - camera.x) * scale;
    const top = (at(scene.placed.y, node) - camera.y) * scale;
    if (left + width >= 0 && top + height >= 0 && left <= screen.width && top <= screen.height)
      seen.push(node);
  }
  // A rectangle at a time: that is quicker than one path of thousands.
  const each = (
    nodes: readonly number[],
    grow: number,
    draw: (...box: [number, number, number, number]) => void,
  ) => {
    for (const node of nodes) {
      const left = (at(scene.placed.x, node) - camera.x) * scale - grow;
      const top = (at(scene.placed.y, node) - camera.y) * scale - grow;
      draw(left, top, width + 2 * grow, height + 2 * grow);
    }
  };
  const fill = (...box: [number, number, number, number]) => context.fillRect(...box);
  const frame = (...box: [number, number, number, number]) => context.strokeRect(...box);
  const isDim = (node: number) => matches !== null && !matches.has(node);
  for (const [kind, colour] of palette.kinds.entries()) {
    const own = seen.filter((node) => scene.kindOf[node] === kind);
    for (const dim of [true, false]) {
      const nodes = own.filter((node) => isDim(node) === dim);
      context.globalAlpha = dim ? 0.18 : 1;
      context.fillStyle = scale < LABEL_SCALE ? colour : palette.surface;
      each(nodes, 0, fill);
      context.strokeStyle = colour;
      context.lineWidth = 1.25;
      if (scale >= LABEL_SCALE) each(nodes, 0, frame);
    }
  }
  context.globalAlpha = 1;
  if (matches !== null) {
    context.strokeStyle = palette.match;
    context.lineWidth = 2;
    each(
      seen.filter((node) => matches.has(node)),
      1.5,
      frame,
    );
  }
  if (scale >= LABEL_SCALE) drawLabels(context, scene, camera, seen, palette, isDim);
  if (selected !== null) {
    context.strokeStyle = palette.focus;
    context.lineWidth = 3;
    each([selected], 3, frame);
  }
}

function drawLabels(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  seen: readonly number[],
  palette: Palette,
  isDim: (node: number) => boolean,
): void {
  const { scale } = camera;
  context.font = `${11.5 * scale}px ${palette.font}`;
  context.textBaseline = 'middle';
  for (const node of seen) {
    const left = (at(scene.placed.x, node) - camera.x) * scale;
    const middle = (at(scene.placed.y, node) + NODE_HEIGHT / 2 - camera.y) * scale;
    context.globalAlpha = isDim(node) ? 0.35 : 1;
    const severity = palette.severity[scene.nodes[node]?.severity ?? ''];
    if (severity !== undefined) {
      context.fillStyle = severity;
      context.fillRect(left, middle - (NODE_HEIGHT / 2) * scale, 4 * scale, NODE_HEIGHT * scale);
    }
    context.fillStyle = palette.text;
    context.fillText(scene.labels[node] ?? '', left + 8 * scale, middle, (NODE_WIDTH - 12) * scale);
  }
  context.globalAlpha = 1;
}
