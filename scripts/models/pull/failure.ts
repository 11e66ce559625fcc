export type DownloadFailure =
  /** Neither https, nor http on this machine; also where a redirect leads to. */
  | { readonly code: 'insecure_url'; readonly url: string }
  /** The server answered so, and another try will not help or did not. */
  | { readonly code: 'http_status'; readonly url: string; readonly status: number }
  /** A web page came instead of a file: a login, a proxy, a page of errors. */
  | { readonly code: 'not_a_file'; readonly url: string; readonly contentType: string }
  | { readonly code: 'too_large'; readonly url: string; readonly bytesMax: number }
  /** It stalled, broke off or was away, at each of the tries. What came is kept. */
  | {
      readonly code: 'download_interrupted';
      readonly url: string;
      readonly bytes: number;
      readonly why: string;
    };
