import type { Point } from './chart-points.ts';

const WIDTH = 720;
const HEIGHT = 390;
const MARGIN = { left: 66, right: 20, top: 18, bottom: 66 };

interface Scale {
  x(gmacs: number): number;
  y(percent: number): number;
  readonly xTicks: readonly number[];
  readonly yTicks: readonly number[];
}

/** Accuracy over what a picture costs: a model up and to the left is the better bargain. */
export function Chart({ points }: { points: readonly Point[] }) {
  if (points.length < 2) return null;
  const scale = toScale(points);
  const lists = [...new Set(points.map(({ labels }) => labels))];
  return (
    <figure class="chart">
      <figcaption>
        <h2 id="chart">Accuracy against cost</h2>
        <p>
          What a picture costs follows the multiply-adds of its network. Filled: here, measured in
          int8. Hollow: in the catalogue, as published in float32. Figures compare within one list
          of labels.
        </p>
        <ul class="legend">
          {lists.map((labels) => (
            <li key={labels} class={`list-${lists.indexOf(labels)}`}>
              <svg viewBox="0 0 12 12" aria-hidden="true">
                <circle cx="6" cy="6" r="5" />
              </svg>
              {labels}
            </li>
          ))}
        </ul>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-labelledby="chart chart-says">
        <title id="chart-says">{describe(points)}</title>
        <Axes scale={scale} />
        {points.map((point) => (
          <Dot key={point.name} point={point} all={points} scale={scale} lists={lists} />
        ))}
      </svg>
    </figure>
  );
}

interface DotProps {
  readonly point: Point;
  readonly all: readonly Point[];
  readonly scale: Scale;
  readonly lists: readonly string[];
}

function Dot({ point, all, scale, lists }: DotProps) {
  const { name, gmacs, top1Percent, series } = point;
  return (
    <g class={`dot ${series} list-${lists.indexOf(point.labels)}`}>
      <circle cx={scale.x(gmacs)} cy={scale.y(top1Percent)} r={series === 'here' ? 7 : 4.5}>
        <title>{`${name}: ${top1Percent.toFixed(1)} %, ${gmacs.toFixed(2)} billion`}</title>
      </circle>
      {series === 'here' ? <Name point={point} all={all} scale={scale} /> : null}
    </g>
  );
}

/** Room that a name takes at most, with letters as large as a phone's: 20 of them, two lines. */
const NAME_BOX = { width: 250, height: 56 };
const GAP = 14;

function Name({ point, all, scale }: Omit<DotProps, 'lists'>) {
  const [x, y] = [scale.x(point.gmacs), scale.y(point.top1Percent)];
  const { left, top, ends } = placeName(
    x,
    y,
    all.filter((other) => other !== point),
    scale,
  );
  const at = ends ? left + NAME_BOX.width : left;
  return (
    <text x={at} y={top} dy="1em" text-anchor={ends ? 'end' : 'start'}>
      <tspan class="name">{point.name}</tspan>
      {point.price === undefined ? null : (
        <tspan x={at} dy="1.25em">
          {point.price}
        </tspan>
      )}
    </text>
  );
}

/** Of the four corners around a dot, the one where a name covers the fewest others. */
function placeName(x: number, y: number, others: readonly Point[], scale: Scale) {
  const corners = [1, -1].flatMap((down) =>
    [1, -1].map((right) => ({
      left: right > 0 ? x + GAP : x - GAP - NAME_BOX.width,
      top: down > 0 ? y + GAP / 2 : y - GAP / 2 - NAME_BOX.height,
      ends: right < 0,
    })),
  );
  const covered = ({ left, top }: { left: number; top: number }) => {
    const outside = left < MARGIN.left || left + NAME_BOX.width > WIDTH || top < 0 ? 100 : 0;
    const within = others.filter(({ gmacs, top1Percent }) => {
      const [dx, dy] = [scale.x(gmacs) - left, scale.y(top1Percent) - top];
      return dx > -6 && dx < NAME_BOX.width && dy > -6 && dy < NAME_BOX.height;
    });
    return outside + within.length;
  };
  return corners.reduce((best, corner) => (covered(corner) < covered(best) ? corner : best));
}

function Axes({ scale }: { scale: Scale }) {
  const [left, bottom] = [MARGIN.left, HEIGHT - MARGIN.bottom];
  return (
    <g class="axes">
      {scale.yTicks.map((percent) => (
        <g key={percent}>
          <line x1={left} x2={WIDTH - MARGIN.right} y1={scale.y(percent)} y2={scale.y(percent)} />
          <text
            x={left - 8}
            y={scale.y(percent)}
            dy="0.35em"
            text-anchor="end"
          >{`${percent} %`}</text>
        </g>
      ))}
      {scale.xTicks.map((gmacs) => (
        <text key={gmacs} x={scale.x(gmacs)} y={bottom} dy="1.5em" text-anchor="middle">
          {`${gmacs}`}
        </text>
      ))}
      <text x={(left + WIDTH - MARGIN.right) / 2} y={HEIGHT - 6} text-anchor="middle">
        billion multiply-adds a picture
      </text>
    </g>
  );
}

/** Work is spread over two powers of ten, so its axis is logarithmic. */
function toScale(points: readonly Point[]): Scale {
  const xTicks = [0.5, 1, 2, 4, 8, 16].filter((tick) => {
    const work = points.map(({ gmacs }) => gmacs);
    return tick >= Math.min(...work) * 0.7 && tick <= Math.max(...work) * 1.4;
  });
  const work = [...points.map(({ gmacs }) => gmacs), ...xTicks];
  const [low, high] = [Math.log(Math.min(...work) * 0.85), Math.log(Math.max(...work) * 1.15)];
  const rights = points.map(({ top1Percent }) => top1Percent);
  const floor = Math.floor((Math.min(...rights) - 1) / 5) * 5;
  const ceiling = Math.min(100, Math.ceil((Math.max(...rights) + 1) / 5) * 5);
  const yTicks = Array.from({ length: (ceiling - floor) / 5 + 1 }, (_, i) => floor + i * 5);
  const [wide, tall] = [WIDTH - MARGIN.left - MARGIN.right, HEIGHT - MARGIN.top - MARGIN.bottom];
  return {
    x: (gmacs) => round(MARGIN.left + (wide * (Math.log(gmacs) - low)) / (high - low)),
    y: (percent) => round(MARGIN.top + (tall * (ceiling - percent)) / (ceiling - floor)),
    xTicks,
    yTicks,
  };
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

function describe(points: readonly Point[]): string {
  const here = points.filter(({ series }) => series === 'here');
  const said = here.map(({ name, top1Percent, gmacs, price }) => {
    const cost = price === undefined ? '' : `, ${price}`;
    return `${name}: ${top1Percent.toFixed(1)} % with ${gmacs.toFixed(2)} billion${cost}`;
  });
  return `${said.join('. ')}. ${points.length - here.length} more of the catalogue, listed below.`;
}
