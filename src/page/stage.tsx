import { useState } from 'hono/jsx/dom';
import type { PictureAnswer } from './api.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icon.tsx';
import type { Actions } from './playground-store.ts';
import type { Picture, Sample, State } from './state.ts';
import { sayBytes } from './words.ts';

/**
 * Without HEIC in the list iPhones send their photographs as JPEG. Other files can be chosen all
 * the same: the service says what it thinks of them.
 */
const READ = 'image/jpeg,image/png,image/webp,image/gif,image/avif';

export interface StageProps {
  readonly state: State;
  readonly act: Actions;
  readonly samples: readonly Sample[];
}

/** Where a picture comes from, and the picture. */
export function Stage({ state, act, samples }: StageProps) {
  const { picture, dragging } = state;
  return (
    <section class="stage" aria-label="Picture">
      <div class={`frame${dragging ? ' over' : ''}${picture === undefined ? '' : ' filled'}`}>
        {picture === undefined ? (
          <div class="invitation">
            <Icon name="picture" />
            <p class="by-mouse">Drop a picture here, or paste one</p>
            <p class="by-hand">Choose a picture, or take one</p>
          </div>
        ) : (
          <Shown picture={picture} image={imageOf(state)} />
        )}
      </div>
      <div class="ways">
        <FileButton name="Choose a file" icon="folder" onFile={act.take} />
        <FileButton name="Take a photo" icon="camera" camera onFile={act.take} />
      </div>
      <div class="samples">
        <h2 id="samples">Or try one of these</h2>
        <ul aria-labelledby="samples">
          {samples.map((sample) => (
            <li key={sample.file}>
              <button
                type="button"
                aria-pressed={picture?.path === sample.path ? 'true' : 'false'}
                onClick={() => act.takeSample(sample)}
              >
                <img src={sample.thumbnail} alt={sample.alt} width="112" height="112" />
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

interface ShownProps {
  readonly picture: Picture;
  /** What the service says of it, once it has. */
  readonly image: PictureAnswer['image'] | undefined;
}

function Shown({ picture, image }: ShownProps) {
  const [broken, setBroken] = useState('');
  const { name, preview, blob } = picture;
  const size = image && `${image.width} × ${image.height} ${image.format.toUpperCase()}, `;
  return (
    <figure>
      {broken === preview ? (
        <div class="invitation">
          <Icon name="picture" />
          <p>This browser cannot show it</p>
        </div>
      ) : (
        <img src={preview} alt={`Your picture, ${name}`} onError={() => setBroken(preview)} />
      )}
      <figcaption>
        <p>
          <strong>{name}</strong> {size}
          {sayBytes(blob.size)}
        </p>
        {image === undefined ? null : (
          <p class="hash">
            <span>SHA-256</span> <code title={image.sha256}>{image.sha256}</code>
            <CopyButton text={image.sha256} what="the SHA-256" />
          </p>
        )}
      </figcaption>
    </figure>
  );
}

/** Every model's answer says the same of the picture. */
function imageOf({ columns }: State): PictureAnswer['image'] | undefined {
  const answered = columns.find((column) => column.phase === 'answered');
  return answered?.answered.answer.image;
}

interface FileButtonProps {
  readonly name: string;
  readonly icon: 'folder' | 'camera';
  readonly camera?: boolean;
  readonly onFile: Actions['take'];
}

/** A file input that looks like a button: keyboard and screen reader meet the input itself. */
function FileButton({ name, icon, camera, onFile }: FileButtonProps) {
  function taken(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file !== undefined) void onFile(file);
    // The same file may be chosen again: it may have changed.
    input.value = '';
  }
  return (
    <label class={camera ? 'button camera' : 'button'}>
      <input
        type="file"
        accept={READ}
        onChange={taken}
        {...(camera ? { capture: 'environment' } : {})}
      />
      <Icon name={icon} />
      {name}
    </label>
  );
}
