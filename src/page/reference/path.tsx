/** An address that may break after a slash. */
export function Path({ path }: { readonly path: string }) {
  return (
    <>
      {path.split(/(?<=\/)(?=.)/).map((part, i) => (
        <>
          {i > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}
