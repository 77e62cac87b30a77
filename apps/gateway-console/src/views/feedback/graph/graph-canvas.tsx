import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from 'react';
import { IconButton } from '../../../components/button.tsx';
import { escaped } from '../../../components/escape-text.ts';
import { isSeen, lookAt, type Point, pan, toWorld, zoom } from './camera.ts';
import { LABEL_SCALE } from './draw-scene.ts';
import styles from './graph.module.css';
import { graphKey } from './graph-keys.ts';
import { centreOf, neighboursOf, nodeAt, nodeTowards, type Scene } from './scene.ts';
import { useCamera, usePointers, ZOOM_STEP } from './use-camera.ts';
import { useDrawing, useSize } from './use-canvas.ts';

export interface GraphCanvasProps {
  readonly scene: Scene;
  readonly selected: number | null;
  readonly onSelect: (node: number | null) => void;
  /** null: nothing is searched for. */
  readonly matches: ReadonlySet<number> | null;
  /** Enter on a node. */
  readonly onOpen: () => void;
}

/** The drawn graph: pan, zoom and select by pointer, fingers or keys. What it shows can be read in the list as well. */
export function GraphCanvas({ scene, selected, onSelect, matches, onOpen }: GraphCanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLDivElement>(null);
  const help = useId();
  const screen = useSize(frame);
  const { camera, set, fitAll } = useCamera(scene.placed, screen);
  const highlights = useMemo(() => ({ selected, matches }), [selected, matches]);
  useDrawing(canvas, screen, scene, camera, highlights);
  usePointers(canvas, set, (point) => {
    const slack = Math.max(0, 4 / camera.scale);
    onSelect(nodeAt(scene, toWorld(camera, point), slack));
  });

  const latest = useRef({ camera, screen });
  latest.current = { camera, screen };
  // What is selected from elsewhere (the list, a link, a key) is brought into sight.
  useEffect(() => {
    if (selected === null || latest.current.screen.width === 0) return;
    const centre = centreOf(scene, selected);
    if (isSeen(latest.current.camera, centre, latest.current.screen)) return;
    set((now) => lookAt(now, centre, latest.current.screen, LABEL_SCALE));
  }, [scene, selected, set]);

  const middle: Point = { x: screen.width / 2, y: screen.height / 2 };
  const onKeyDown = (event: KeyboardEvent) => {
    const key = graphKey(event);
    if (key === null) return;
    event.preventDefault();
    switch (key.do) {
      case 'select': {
        const next = selected === null ? firstOf(scene) : nodeTowards(scene, selected, key.towards);
        if (next !== null) onSelect(next);
        return;
      }
      case 'pan':
        set((now) => pan(now, key.by.x, key.by.y));
        return;
      case 'zoom':
        set((now) => zoom(now, middle, key.inwards ? ZOOM_STEP : 1 / ZOOM_STEP));
        return;
      case 'fit':
        fitAll();
        return;
      case 'open':
        onOpen();
        return;
      case 'clear':
        onSelect(null);
        return;
      case 'next-match':
      case 'previous-match':
        onSelect(stepThrough(matches, selected, key.do === 'next-match' ? 1 : -1) ?? selected);
    }
  };

  return (
    <div className={styles.frame} ref={frame}>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: a canvas that takes keys is an application */}
      <canvas
        ref={canvas}
        className={styles.canvas}
        tabIndex={0}
        role="application"
        aria-roledescription="graph"
        aria-label={`Execution graph, ${scene.nodes.length} nodes and ${scene.edges.length} edges`}
        aria-describedby={help}
        onKeyDown={onKeyDown}
      />
      <p id={help} className="visually-hidden">
        Arrow keys go from node to node, Shift and arrows move the picture, plus and minus zoom, 0 shows all,
        N and P go through what was found, Enter opens the node. The list shows the same.
      </p>
      <p className="visually-hidden" role="status">
        {selected !== null && describe(scene, selected)}
      </p>
      <div className={styles.zoom}>
        <IconButton label="Zoom in" onClick={() => set((now) => zoom(now, middle, ZOOM_STEP))}>
          +
        </IconButton>
        <IconButton label="Zoom out" onClick={() => set((now) => zoom(now, middle, 1 / ZOOM_STEP))}>
          −
        </IconButton>
        <IconButton label="Show all" onClick={fitAll}>
          ⤢
        </IconButton>
      </div>
      <p className={styles.scale}>{Math.round(camera.scale * 100)} %</p>
    </div>
  );
}

/** The leftmost of the uppermost: where the graph begins. */
function firstOf(scene: Scene): number | null {
  let best: number | null = null;
  for (let node = 0; node < scene.nodes.length; node += 1) {
    if (best === null || (scene.placed.x[node] ?? 0) < (scene.placed.x[best] ?? 0)) best = node;
  }
  return best;
}

/** The match after (or before) this one, round and round. */
export function stepThrough(
  matches: ReadonlySet<number> | null,
  from: number | null,
  step: 1 | -1,
): number | null {
  if (matches === null || matches.size === 0) return null;
  const list = [...matches];
  const place = from === null ? -1 : list.indexOf(from);
  const next = place === -1 ? (step === 1 ? 0 : list.length - 1) : (place + step + list.length) % list.length;
  return list[next] ?? null;
}

function describe(scene: Scene, node: number): string {
  const { label = '', kind = '' } = scene.nodes[node] ?? {};
  const [out, into] = [neighboursOf(scene.after, node).length, neighboursOf(scene.before, node).length];
  return `${escaped(kind)} ${escaped(label)}: ${into} edges in, ${out} edges out`;
}
