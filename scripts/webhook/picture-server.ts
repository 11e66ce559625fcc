import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';

export interface PictureServer {
  readonly url: string;
  close(): void;
}

/** One file on 127.0.0.1, for as long as the Worker may want to fetch it. */
export async function servePicture(file: string, port: number): Promise<PictureServer> {
  const bytes = readFileSync(file);
  const server = createServer((_request, response) => {
    // What it is, the Worker finds out from the bytes.
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(bytes);
  });
  await new Promise<void>((listening, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', listening);
  });
  return {
    url: `http://127.0.0.1:${port}/${encodeURIComponent(basename(file))}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
