/** `thumbnailer/contracts`: what each port promises, for those who write adapters. They run on mocha; see docs/adapters.md. */
export { itIsAnImageFetcher } from './image-fetcher/contract.ts';
export { itIsAnImageResizer } from './image-resizer/contract.ts';
export {
  type SecretSourceExceptions,
  type SecretSourceUnderTest,
  itIsASecretSource,
} from './secret-source/contract.ts';
export { type ThumbnailCacheContract, itKeepsThumbnails } from './thumbnail-cache/contract.ts';
