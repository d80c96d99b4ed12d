// What belongs to a file. A part registers itself when it is imported: here, before the files are declared.
import '../catalogue-entry/catalogue-entry.write.ts';
import '../contact/contact.write.ts';
import '../deal/deal.write.ts';
import '../interaction/interaction.write.ts';
import '../need/need.write.ts';
import '../task/task.write.ts';
