/** Where somebody wants a picture classified: a caller for one, a card for all of its model. */
export type PlaceWish = 'edge' | 'origin' | 'auto';

export interface PlacementFacts {
  /** The caller's. */
  readonly wish: PlaceWish;
  /** The card's. */
  readonly model: PlaceWish;
  readonly origin: 'none' | 'resting' | 'ready';
  /** Whether the origin decodes pictures itself. */
  readonly originTakesPictures: boolean;
  /** `cold`: it must be loaded first. `too_large`: no isolate could hold it. */
  readonly session: 'resident' | 'cold' | 'too_large';
  /** `too_large`: beyond what may be decoded here. */
  readonly picture: 'fits' | 'too_large';
  /** What runs and waits here already, by the costs on the cards. */
  readonly edgeWaitMs: number;
  readonly leftMs: number;
}

export type EdgeReason =
  | 'asked'
  | 'model_setting'
  /** The usual case: the session is here, and little is before it. */
  | 'resident'
  /** There is no origin. */
  | 'no_origin'
  /** There is one, and it failed too often lately. */
  | 'origin_resting'
  /** The origin would need pixels that cannot be made here, so here it is refused. */
  | 'origin_cannot'
  /** It was asked first. */
  | 'origin_failed';

export type OriginReason =
  | 'asked'
  | 'model_setting'
  | 'model_too_large'
  | 'picture_too_large'
  | 'cold'
  | 'busy'
  /** It was tried here first. */
  | 'edge_failed';

export type Placement =
  | { readonly to: 'edge'; readonly because: EdgeReason }
  | { readonly to: 'origin'; readonly because: OriginReason }
  /** `no_origin`: the caller asked for one. `origin_resting`: nothing else could answer. */
  | { readonly to: 'refuse'; readonly because: 'no_origin' | 'origin_resting' };

/** A queue that takes longer than a call to an origin usually does. */
export const EDGE_WAIT_MS_MAX = 250;

/** Whether a picture runs here or at the origin, and why. All facts in, nothing looked up. */
export function choosePlacement(facts: PlacementFacts): Placement {
  const { wish, model, origin } = facts;
  if (wish === 'edge') return { to: 'edge', because: 'asked' };
  if (wish === 'origin' && origin === 'none') return { to: 'refuse', because: 'no_origin' };
  if (wish === 'auto' && model === 'edge') return { to: 'edge', because: 'model_setting' };
  const canEdge = facts.session !== 'too_large' && facts.picture === 'fits';
  const takes = facts.picture === 'fits' || facts.originTakesPictures;
  if (origin !== 'ready' || !takes) return withoutOrigin(facts, canEdge);
  if (wish === 'origin') return { to: 'origin', because: 'asked' };
  if (model === 'origin') return { to: 'origin', because: 'model_setting' };
  return weigh(facts);
}

/** Here, even if it must fail: then the failure names the limit that the caller met. */
function withoutOrigin({ origin }: PlacementFacts, canEdge: boolean): Placement {
  if (origin === 'none') return { to: 'edge', because: 'no_origin' };
  if (origin === 'ready') return { to: 'edge', because: 'origin_cannot' };
  return { to: canEdge ? 'edge' : 'refuse', because: 'origin_resting' };
}

/** Both could do it. */
function weigh({ session, picture, edgeWaitMs, leftMs }: PlacementFacts): Placement {
  if (session === 'too_large') return { to: 'origin', because: 'model_too_large' };
  if (picture === 'too_large') return { to: 'origin', because: 'picture_too_large' };
  // A caller never waits for a model to wake up while another place has it awake.
  if (session === 'cold') return { to: 'origin', because: 'cold' };
  const busy = edgeWaitMs > Math.min(EDGE_WAIT_MS_MAX, leftMs);
  return busy ? { to: 'origin', because: 'busy' } : { to: 'edge', because: 'resident' };
}
