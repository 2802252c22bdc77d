export { type EcsTask, readEcsTask, resolveRegion } from './ecs-metadata.ts';
