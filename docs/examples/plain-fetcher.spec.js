import { itIsAnImageFetcher } from 'thumbnailer/contracts/image-fetcher';
import { PlainFetcher } from './plain-fetcher.js';

itIsAnImageFetcher('PlainFetcher', (context) => new PlainFetcher(context));
