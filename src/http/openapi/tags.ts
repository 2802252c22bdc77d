/** By which generated clients and pages group operations. */
export const THUMBNAILS = 'Thumbnails';
export const INFO = 'Info';
export const PAGES = 'Pages';
export const SERVICE = 'Service';

/** Tag Objects. */
export const TAGS = [
  { name: THUMBNAILS, description: 'Small copies of images, and how to purge them.' },
  { name: INFO, description: 'Facts about images: dimensions, colours, placeholders.' },
  { name: PAGES, description: 'What people see in a browser.' },
  { name: SERVICE, description: 'The description of the API, and health.' },
];
