import { Layout } from './layout.tsx';

/** The pages, as HTML documents. */
export interface Pages {
  playground(): string;
}

export function createPages(): Pages {
  return {
    playground: () =>
      `<!doctype html>${(
        <Layout title="razorbill" here="/" description="Names what is in a picture, at the edge.">
          <h1>What is in this picture?</h1>
        </Layout>
      )}`,
  };
}
