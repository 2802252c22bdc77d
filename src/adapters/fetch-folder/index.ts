export { FolderImageFetcher, type FolderImageFetcherOptions } from './folder-image-fetcher.ts';
