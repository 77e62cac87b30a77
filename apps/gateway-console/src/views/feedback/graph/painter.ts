import type { Camera, Size } from './camera.ts';
import { drawEdgeLayer, drawScene, type Highlights } from './draw-scene.ts';
import type { Palette } from './palette.ts';
import type { Scene } from './scene.ts';

export interface Picture {
  readonly size: Size;
  readonly scene: Scene;
  readonly camera: Camera;
  readonly highlights: Highlights;
  readonly palette: Palette;
}

/** After this long without a movement the lines are drawn anew. Milliseconds. */
const REST = 120;
/** So few lines are drawn anew in every frame. */
const FEW_EDGES = 1500;

/**
 * Draws pictures on a canvas, one a frame at most. Thousands of lines cost more than a frame, so they are a layer of their own,
 * which is moved and stretched along while the camera moves, and drawn anew when it rests; nodes and labels are always exact.
 */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #layer = document.createElement('canvas');
  #wanted: Picture | null = null;
  /** What the layer shows. */
  #layered: Picture | null = null;
  #frame = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  show(picture: Picture): void {
    this.#wanted = picture;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint(false));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rest);
    this.#frame = 0;
  }

  #paint(rested: boolean): void {
    this.#frame = 0;
    const picture = this.#wanted;
    const context = contextOf(this.#canvas, picture);
    if (picture === null || context === null) return;
    const layered = this.#layered;
    if (layered === null || rested || !this.#mayStretch(picture, layered)) this.#drawLayer(picture);
    else if (layered.camera !== picture.camera) this.#drawWhenRested();
    const { scene, camera, size, palette, highlights } = picture;
    drawScene(context, scene, camera, size, palette, highlights, () => this.#placeLayer(context, picture));
  }

  /** Whether the layer is of the same lines, seen by another camera at most. */
  #mayStretch(picture: Picture, layered: Picture): boolean {
    const same =
      layered.scene === picture.scene &&
      layered.palette === picture.palette &&
      layered.size.width === picture.size.width &&
      layered.size.height === picture.size.height;
    return same && (layered.camera === picture.camera || picture.scene.edges.length > FEW_EDGES);
  }

  #drawWhenRested(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#paint(true));
      else this.#drawWhenRested();
    }, REST);
  }

  #drawLayer(picture: Picture): void {
    const context = contextOf(this.#layer, picture);
    if (context === null) return;
    drawEdgeLayer(context, picture.scene, picture.camera, picture.size, picture.palette);
    this.#layered = picture;
  }

  #placeLayer(context: CanvasRenderingContext2D, { camera, size }: Picture): void {
    const then = this.#layered?.camera ?? camera;
    const stretch = camera.scale / then.scale;
    const [left, top] = [(then.x - camera.x) * camera.scale, (then.y - camera.y) * camera.scale];
    context.drawImage(this.#layer, left, top, size.width * stretch, size.height * stretch);
  }
}

/** A canvas of the picture's size, in the screen's own pixels; null: nothing to draw on. */
function contextOf(canvas: HTMLCanvasElement, picture: Picture | null): CanvasRenderingContext2D | null {
  const context = canvas.getContext('2d');
  if (picture === null || context === null || picture.size.width === 0) return null;
  const ratio = window.devicePixelRatio;
  const [width, height] = [Math.round(picture.size.width * ratio), Math.round(picture.size.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
