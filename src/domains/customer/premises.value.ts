export { premisesText } from '../../core/validation/premises.ts';
