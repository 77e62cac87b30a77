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

/**
 * One picture. What is outside the screen costs a comparison; lines of one colour are one path and nodes of one colour another,
 * so that 5,000 nodes and 20,000 edges stay within a frame or two.
 */
export function drawScene(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  palette: Palette,
  highlights: Highlights,
): void {
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, screen.width, screen.height);
  const { selected } = highlights;
  drawEdges(context, scene, camera, screen, palette.edge, selected === null ? 0.5 : 0.22, () => true);
  if (selected !== null) {
    const touches = (from: number, to: number) => from === selected || to === selected;
    drawEdges(context, scene, camera, screen, palette.accent, 1, touches);
  }
  drawNodes(context, scene, camera, screen, palette, highlights);
}

function drawEdges(
  context: CanvasRenderingContext2D,
  scene: Scene,
  camera: Camera,
  screen: Size,
  colour: string,
  alpha: number,
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
  context.globalAlpha = alpha;
  context.lineWidth = alpha === 1 ? 1.75 : 1;
  context.stroke();
  context.globalAlpha = 1;
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
  const boxes = (nodes: readonly number[], grow: number) => {
    context.beginPath();
    for (const node of nodes) {
      const left = (at(scene.placed.x, node) - camera.x) * scale - grow;
      const top = (at(scene.placed.y, node) - camera.y) * scale - grow;
      context.rect(left, top, width + 2 * grow, height + 2 * grow);
    }
  };
  const isDim = (node: number) => matches !== null && !matches.has(node);
  for (const [kind, colour] of palette.kinds.entries()) {
    const own = seen.filter((node) => scene.kindOf[node] === kind);
    for (const dim of [true, false]) {
      context.globalAlpha = dim ? 0.18 : 1;
      boxes(
        own.filter((node) => isDim(node) === dim),
        0,
      );
      context.fillStyle = scale < LABEL_SCALE ? colour : palette.surface;
      context.fill();
      context.strokeStyle = colour;
      context.lineWidth = 1.25;
      if (scale >= LABEL_SCALE) context.stroke();
    }
  }
  context.globalAlpha = 1;
  if (matches !== null) {
    boxes(
      seen.filter((node) => matches.has(node)),
      1.5,
    );
    context.strokeStyle = palette.match;
    context.lineWidth = 2;
    context.stroke();
  }
  if (scale >= LABEL_SCALE) drawLabels(context, scene, camera, seen, palette, isDim);
  if (selected !== null) {
    boxes([selected], 3);
    context.strokeStyle = palette.focus;
    context.lineWidth = 3;
    context.stroke();
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
