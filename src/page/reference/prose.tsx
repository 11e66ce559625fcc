/** `- \`code\`: what it means`, as the document lists error codes. */
const CODE_LINE = /^- `([a-z0-9_]+)`: (.*)$/;

/** A text of the document: code in backticks, and error codes that lead to their explanation. */
export function Prose({ text }: { readonly text: string }) {
  const lines = text.split('\n');
  const codes = lines.flatMap((line) => {
    const [, code, title] = CODE_LINE.exec(line) ?? [];
    return code === undefined ? [] : [{ code, title }];
  });
  const said = lines.filter((line) => !CODE_LINE.test(line)).join(' ');
  return (
    <>
      {said !== '' && <p>{withCode(said)}</p>}
      {codes.length > 0 && (
        <ul class="codes">
          {codes.map(({ code, title }) => (
            <li>
              <a href={`/problems/${code}`}>
                <code>{code}</code>
              </a>{' '}
              {title}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Every second piece between backticks is code. */
export function withCode(text: string) {
  return text.split('`').map((piece, i) => (i % 2 === 1 ? <code>{piece}</code> : piece));
}
